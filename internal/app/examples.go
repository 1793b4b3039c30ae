package app

import (
	"embed"
	"fmt"

	"rehearse.dev/graph/playground"
)

//go:embed examples/*.graphql
var exampleQueries embed.FS

// examples are what the playground offers where no template is known.
var examples = examplesFor(0)

// examplesFor are the examples in the order of the main job, about the demo
// template with this id.
func examplesFor(templateID int) []playground.Example {
	waits := fmt.Sprintf(exampleInput, templateID, "try a refund", waitingNodes, "")
	whole := fmt.Sprintf(exampleInput, templateID, "try a whole refund", allNodes, "")
	started := fmt.Sprintf(exampleInput, templateID, "try a whole refund", allNodes, ",\n    \"start\": true")
	return []playground.Example{
		{Title: "1. List the templates", Query: exampleQuery("list_templates")},
		{Title: "2. Preview a mock task", Query: exampleQuery("preview"), Variables: waits},
		{Title: "3. Create a mock task", Query: exampleQuery("create"), Variables: waits},
		{Title: "4. Start it", Query: exampleQuery("start"), Variables: exampleStart},
		{Title: "5. Watch it", Query: exampleQuery("watch"), Variables: exampleWatch},
		{Title: "6. Answer the node that waits", Query: exampleQuery("callback"), Variables: exampleCallback},
		{Title: "7. Read the results", Query: exampleQuery("results")},
		{Title: "8. Create a mock task and start it", Query: exampleQuery("create_and_start"), Variables: started},
		{Title: "9. Simulate a mock task", Query: exampleQuery("simulate"), Variables: whole},
	}
}

// exampleQuery reads a document. It is part of the binary, and a test runs each of them.
func exampleQuery(name string) string {
	text, _ := exampleQueries.ReadFile("examples/" + name + ".graphql") // fails for a wrong name only
	return string(text)
}

// The nodes that an example mocks. Without a mock, approve waits for a person.
const (
	waitingNodes = `"fetch_order", "refund_payment"`
	allNodes     = `"fetch_order", "approve", "refund_payment"`
)

const exampleInput = `{
  "input": {
    "templateId": "%d",
    "name": "%s",
    "creator": "me",
    "constants": { "${order_no}": "A-2" },
    "mockData": {
      "nodes": [%s],
      "outputs": {
        "fetch_order": { "state": "paid" },
        "refund_payment": { "refund_no": "R-1" }
      }
    }%s
  }
}
`

const exampleStart = `{
  "input": { "id": "put the id of your task here" }
}
`

const exampleWatch = `{
  "taskId": "put the id of your task here"
}
`

const exampleCallback = `{
  "input": {
    "taskId": "put the id of your task here",
    "nodeId": "approve",
    "data": { "approved": true }
  }
}
`

package app

import (
	"fmt"

	"rehearse.dev/graph/playground"
)

// examples are what the playground offers where no template is known.
var examples = examplesFor(0)

// examplesFor are the examples in the order of the main job, about the demo
// template with this id.
func examplesFor(templateID int) []playground.Example {
	variables := fmt.Sprintf(exampleInput, templateID)
	return []playground.Example{
		{Title: "1. List the templates", Query: `# Press the play button, then copy a template's id.
query ListTemplates {
  viewer {
    appCode
    username
    spaces {
      id
      name
    }
  }
  templates(first: 20) {
    nodes {
      id
      name
      effectiveVersion {
        version
        isDraft
      }
      inputSchema {
        key
        name
        defaultValue
        isRequired
      }
      mockPresets {
        id
        nodeId
        name
        isDefault
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`},
		{Title: "2. Preview a mock task", Query: `# What createMockTask would do; nothing is written.
query PreviewMockTask($input: CreateMockTaskInput!) {
  previewMockTask(input: $input) {
    version {
      version
      isDraft
    }
    mock {
      nodes
      outputs
    }
    parameters
    warnings {
      code
      message
      field
    }
    userErrors {
      code
      message
      field
      nodeId
    }
  }
}
`, Variables: variables},
		{Title: "3. Create a mock task", Query: `# The variables are for the demo template; put in the id and nodes of yours.
mutation CreateMockTask($input: CreateMockTaskInput!) {
  createMockTask(input: $input) {
    task {
      id
      name
      state
      mock {
        nodes
        outputs
      }
      parameters
    }
    warnings {
      code
      message
      field
    }
    userErrors {
      code
      message
      field
      nodeId
    }
  }
}
`, Variables: variables},
		{Title: "4. Read the tasks back", Query: `query ListTasks {
  tasks(first: 20) {
    totalCount
    nodes {
      id
      name
      state
      creator
      createTime
      template {
        name
      }
      nodes {
        nodeId
        name
        type
        mocked
      }
    }
  }
}
`},
	}
}

const exampleInput = `{
  "input": {
    "templateId": "%d",
    "name": "try a refund",
    "creator": "me",
    "constants": { "${order_no}": "A-2" },
    "mockData": {
      "nodes": ["fetch_order", "refund_payment"],
      "outputs": {
        "fetch_order": { "state": "paid" },
        "refund_payment": { "refund_no": "R-1" }
      }
    }
  }
}
`

package app

import "rehearse.dev/graph/playground"

// examples are what the playground offers, in the order of the main job.
var examples = []playground.Example{
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
`, Variables: exampleInput},
	{Title: "3. Create a mock task", Query: `# Put in the id of a template of yours.
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
`, Variables: exampleInput},
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

const exampleInput = `{
  "input": {
    "templateId": "42949672961",
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

package limit

import (
	"strings"

	"rehearse.dev/internal/fault"
)

// Limits are the most that a document or a request may have. A field that is zero
// allows nothing: start from Defaults.
type Limits struct {
	// Bytes is the length of the document's text.
	Bytes int
	// Tokens are the words and signs of the document, as its parser counts them.
	Tokens int
	// Depth is how deep fields are nested, through fragments too.
	Depth int
	// Fields are the fields of all operations, those of a fragment once for each spread.
	Fields int
	// Roots are the fields that one operation selects at its top.
	Roots int
	// Aliases are the fields that are given another name, counted like Fields.
	Aliases int
	// Directives are the uses of directives in the document.
	Directives int
	// Items are the entries of any one list that a request sends, variables included.
	Items int
	// Cost is what an operation may cost in points: see Gate.Cost.
	Cost int
}

// Defaults leave room for the introspection of common tools and for pages of a
// hundred entries with everything that one screen shows.
func Defaults() Limits {
	return Limits{
		Bytes: 256 << 10, Tokens: 10_000, Depth: 20, Fields: 1_000, Roots: 50, Aliases: 50, Directives: 50,
		Items: 1_000, Cost: 20_000,
	}
}

// Limits that have no use for a flag: no client comes near them, and beyond them
// validation takes longer than the document is worth.
const (
	maxOperations = 50
	maxFragments  = 200
	maxVariables  = 200
	// maxPlace is how many directives stand at one place; the schema has fewer that
	// may stand together.
	maxPlace = 8
	// maxVisits is how many parts of a document validation looks at. It looks at a
	// fragment again for each operation and each fragment that leads to it.
	maxVisits = 20_000
)

// count is one thing that is limited.
type count struct {
	code string // of the problem, a stable word
	what string // for the sentence
	got  int
	max  int
}

// over lists what is above its limit.
func over(counts ...count) error {
	var problems []fault.Problem
	for _, c := range counts {
		if c.got > c.max {
			problem := fault.Newf(fault.CodeExhausted, "the document has %s %s, and at most %d are allowed", number(c.got), c.what, c.max)
			problems = append(problems, fault.Problem{Code: c.code, Message: problem.Message, Path: []string{}})
		}
	}
	return refuse(problems)
}

// refuse makes one fault of problems, nil when there are none.
func refuse(problems []fault.Problem) error {
	if len(problems) == 0 {
		return nil
	}
	messages := make([]string, len(problems))
	for i, p := range problems {
		messages[i] = p.Message
	}
	err := fault.Newf(fault.CodeExhausted, "%s", strings.Join(messages, "; "))
	err.Problems = problems
	return err
}

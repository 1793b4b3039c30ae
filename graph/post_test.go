package graph

import "testing"

// Whoever looks at a request in front of the server must see the query that is run.
func TestMembersOfTheBodyHaveExactNames(t *testing.T) {
	t.Parallel()
	in, err := decode([]byte(`{"query": "{ a }", "QUERY": "{ b }", "OperationName": "x", "Variables": {"v": 1}}`))
	if err != nil {
		t.Fatal(err)
	}
	if in.Query != "{ a }" || in.OperationName != "" || in.Variables != nil {
		t.Errorf("got %+v", in)
	}
	if in, err := decode([]byte(`{"Query": "{ a }", "documentID": "x"}`)); err != nil || in.Query != "" || in.DocumentID != "" {
		t.Errorf("got %+v, %v", in, err)
	}
}

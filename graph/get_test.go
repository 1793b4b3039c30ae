package graph

import (
	"net/url"
	"strings"
	"testing"

	"rehearse.dev/internal/fault"
)

func TestParametersOfAURLMeanWhatABodyWouldSay(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		"":                        `{}`,
		"query=%7B+a+%7D&x=1":     `{"query":"{ a }"}`,
		"query={a}&variables=":    `{"query":"{a}"}`,
		"documentId=sha256%3Aab":  `{"documentId":"sha256:ab"}`,
		"Query={a}&operationName": `{}`,
		`query=%22%0A&operationName=A&variables={"b": "<%26>", "a": 1.0}&extensions={}`: `{"query":"\"\n","operationName":"A","variables":{"b": "<&>", "a": 1.0},"extensions":{}}`,
	} {
		got, err := payloadOf(&url.URL{RawQuery: query})
		if err != nil || string(got) != want {
			t.Errorf("%s: %s, %v, want %s", query, got, err, want)
		}
	}
}

func TestParametersThatHaveNoOneMeaningAreRefused(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		"query={a}&query={b}":                    "twice",
		"query={a}&variables={":                  "not JSON",
		`query={a}&variables={},"operationName"`: "not JSON",
		`query={a}&variables={},"a":{}`:          "not JSON",
		"extensions=x":                           "not JSON",
		"query=%ff":                              "UTF-8",
		"variables=%22%ff%22":                    "UTF-8",
		"query=%zz":                              "encoded",
		"query=a;b":                              "encoded",
	} {
		got, err := payloadOf(&url.URL{RawQuery: query})
		if fault.CodeOf(err) != fault.CodeInvalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %s, %v", query, got, err)
		}
	}
}

package playground

import (
	"bytes"
	_ "embed"
	"encoding/json"

	"github.com/andybalholm/brotli"
)

//go:embed dist/index.html
var index []byte

// slot is the element of index.html that takes the configuration. It is a data
// block and not a script, so the policy needs no exception for it.
const slot = `<script type="application/json" id="playground-config">`

// settings is the JSON that web/src/config.js reads.
type settings struct {
	Endpoint             string            `json:"endpoint"`
	SubscriptionEndpoint string            `json:"subscriptionEndpoint"`
	Headers              map[string]string `json:"headers"`
	Examples             []exampleJSON     `json:"examples"`
}

type exampleJSON struct {
	Title     string `json:"title"`
	Query     string `json:"query"`
	Variables string `json:"variables"`
}

// page is index.html with cfg written into its slot.
func page(cfg Config) *file {
	head, tail, _ := bytes.Cut(index, []byte(slot+"{}"))
	var buf bytes.Buffer
	zw := brotli.NewWriterLevel(&buf, brotli.DefaultCompression)
	// Neither of these writes can fail: the writer's target is memory, and
	// settings has nothing but strings in it.
	for _, part := range [][]byte{head, []byte(slot), encode(cfg), tail} {
		_, _ = zw.Write(part)
	}
	_ = zw.Close()
	return newFile("/index.html", revalidate, buf.Bytes())
}

// encode writes cfg as JSON that is safe between script tags: json.Marshal
// escapes <, > and &, so that no value can close the element or open a comment.
func encode(cfg Config) []byte {
	s := settings{
		Endpoint:             cfg.Endpoint,
		SubscriptionEndpoint: cfg.SubscriptionEndpoint,
		Headers:              cfg.Headers,
		Examples:             make([]exampleJSON, 0, len(cfg.Examples)),
	}
	if s.Headers == nil {
		s.Headers = map[string]string{} // the page expects an object, not null
	}
	for _, e := range cfg.Examples {
		s.Examples = append(s.Examples, exampleJSON(e))
	}
	out, _ := json.Marshal(s)
	return out
}

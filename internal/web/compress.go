package web

import (
	"io"
	"net/http"
	"strconv"
	"strings"
)

// minCompressed is the length in bytes from which compression pays: a shorter answer
// fits one packet anyway.
const minCompressed = 1 << 10

// compressible are the media types that are compressed. Streams of events are none:
// each event has to leave at once.
var compressible = map[string]bool{
	"application/json":                  true,
	"application/graphql-response+json": true,
	"text/plain":                        true,
}

// Compress compresses the answers of a handler with what the client's Accept-Encoding
// rates highest of zstd, brotli and gzip. It takes answers that are JSON or plain text,
// have a Content-Length of at least 1 KiB and no encoding yet; others pass untouched
// and unbuffered. Strong entity tags of compressed answers become weak: other bytes say
// the same.
func Compress(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := &compressor{ResponseWriter: w, request: r}
		next.ServeHTTP(c, r)
		// Not deferred: after a panic the answer must stay broken off.
		c.close()
	})
}

// compressor is the writer of one answer.
type compressor struct {
	http.ResponseWriter
	request *http.Request
	decided bool
	pack    packer // nil when the answer is not compressed
	coding  string
}

// WriteHeader decides by the header whether the answer is compressed.
func (c *compressor) WriteHeader(status int) {
	if status >= 200 && !c.decided {
		c.decided = true
		c.decide(status)
	}
	c.ResponseWriter.WriteHeader(status)
}

func (c *compressor) decide(status int) {
	h := c.Header()
	media, _, _ := strings.Cut(h.Get("Content-Type"), ";")
	if !compressible[media] || h.Get("Content-Encoding") != "" {
		return
	}
	h.Add("Vary", "Accept-Encoding")
	length, err := strconv.Atoi(h.Get("Content-Length"))
	if err != nil || length < minCompressed || status == http.StatusPartialContent || strings.Contains(h.Get("Cache-Control"), "no-transform") {
		return
	}
	c.coding = Negotiate(c.request.Header.Values("Accept-Encoding"), Zstd, Brotli, Gzip)
	if c.coding == Identity {
		return
	}
	h.Set("Content-Encoding", c.coding)
	h.Del("Content-Length")
	if tag := h.Get("ETag"); strings.HasPrefix(tag, `"`) {
		h.Set("ETag", "W/"+tag)
	}
	if c.request.Method == http.MethodHead {
		return
	}
	c.pack = packers[c.coding].Get().(packer)
	c.pack.Reset(c.ResponseWriter)
}

// Write compresses p if the answer is compressed.
func (c *compressor) Write(p []byte) (int, error) {
	if !c.decided {
		c.WriteHeader(http.StatusOK)
	}
	if c.pack != nil {
		return c.pack.Write(p)
	}
	return c.ResponseWriter.Write(p)
}

// FlushError sends what was written so far.
func (c *compressor) FlushError() error {
	if c.pack != nil {
		if err := c.pack.Flush(); err != nil {
			return err
		}
	}
	return http.NewResponseController(c.ResponseWriter).Flush()
}

// Unwrap lets http.ResponseController reach the connection.
func (c *compressor) Unwrap() http.ResponseWriter { return c.ResponseWriter }

func (c *compressor) close() {
	if c.pack == nil {
		return
	}
	// A client that went away cannot be told.
	_ = c.pack.Close()
	c.pack.Reset(io.Discard)
	packers[c.coding].Put(c.pack)
}

package playground

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/andybalholm/brotli"

	"rehearse.dev/internal/web"
)

// dist is the output of "npm run build" in the folder web. The prefix "all:"
// matters: a bundler may begin the name of a shared chunk with an underscore.
//
//go:embed all:dist
var dist embed.FS

// Values of the Cache-Control header.
const (
	// immutable is for files whose name contains a hash of their content.
	immutable = "public, max-age=31536000, immutable"
	// revalidate is for names that stay while the content changes. Private,
	// because the page carries Config.Headers.
	revalidate = "private, no-cache"
)

// contentTypes is complete for the build, which a test checks. The system's
// MIME table is not asked, since it differs from machine to machine.
var contentTypes = map[string]string{
	".css":  "text/css; charset=utf-8",
	".html": "text/html; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".md":   "text/plain; charset=utf-8",
	".svg":  "image/svg+xml",
	".ttf":  "font/ttf",
}

// file is one thing to serve. It is kept in brotli form; the forms for clients
// without brotli, which browsers only offer over HTTPS or to localhost, are
// made from it.
type file struct {
	contentType  string
	cacheControl string
	digest       string // of the brotli form, in hex
	brotli       []byte
	gzip         func() ([]byte, error) // made once, then kept: repacking 3 MB takes a quarter of a second
}

func newFile(name, cacheControl string, packed []byte) *file {
	sum := sha256.Sum256(packed)
	f := &file{
		contentType:  contentTypes[path.Ext(name)],
		cacheControl: cacheControl,
		digest:       hex.EncodeToString(sum[:8]),
		brotli:       packed,
	}
	f.gzip = sync.OnceValues(f.repack)
	return f
}

// embedded returns the packed files of the build by their URL path.
func embedded() map[string]*file {
	files := make(map[string]*file)
	// The walk cannot fail: the tree is part of the binary, and the only error
	// that the callback can return comes from reading it.
	_ = fs.WalkDir(dist, "dist", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		url, ok := strings.CutSuffix(strings.TrimPrefix(name, "dist"), ".br")
		if !ok {
			return nil
		}
		packed, err := dist.ReadFile(name)
		if err != nil {
			return err
		}
		cacheControl := revalidate
		if strings.HasPrefix(url, "/assets/") {
			cacheControl = immutable
		}
		files[url] = newFile(url, cacheControl, packed)
		return nil
	})
	return files
}

func (f *file) serve(w http.ResponseWriter, r *http.Request) {
	enc := web.Negotiate(r.Header.Values("Accept-Encoding"), web.Brotli, web.Gzip)
	body, err := f.encoded(enc)
	if err != nil {
		http.Error(w, "unpack the playground: "+err.Error(), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.contentType)
	h.Set("Cache-Control", f.cacheControl)
	h.Set("Vary", "Accept-Encoding")
	// Each form is a representation of its own and needs its own strong tag.
	h.Set("ETag", `"`+f.digest+"-"+enc+`"`)
	if enc != web.Identity {
		h.Set("Content-Encoding", enc)
		h.Set("Content-Length", strconv.Itoa(len(body))) // ServeContent leaves it out of encoded answers
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

func (f *file) encoded(enc string) ([]byte, error) {
	switch enc {
	case web.Brotli:
		return f.brotli, nil
	case web.Gzip:
		return f.gzip()
	default:
		return io.ReadAll(brotli.NewReader(bytes.NewReader(f.brotli)))
	}
}

// repack turns the brotli form into the gzip form.
func (f *file) repack() ([]byte, error) {
	var buf bytes.Buffer
	zw := gzip.NewWriter(&buf)
	if _, err := io.Copy(zw, brotli.NewReader(bytes.NewReader(f.brotli))); err != nil {
		return nil, err
	}
	if err := zw.Close(); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

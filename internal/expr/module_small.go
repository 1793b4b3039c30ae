package expr

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"path"
	"strings"
)

// function makes a member of a module.
func function(name string, call func(ev *evaluator, c args) (any, error)) *builtin {
	return &builtin{name: name, call: call}
}

// hashVal is an object of hashlib: the bytes fed so far and the digest over them.
type hashVal struct {
	name string
	data string
	sum  func([]byte) []byte
}

func (h *hashVal) kindName() string { return "HASH" }

func (h *hashVal) member(name string) (any, bool) {
	switch name {
	case "name":
		return h.name, true
	case "digest_size":
		return int64(len(h.sum(nil))), true
	case "hexdigest":
		return function(name, func(_ *evaluator, c args) (any, error) {
			_, err := c.bind(name)
			return hex.EncodeToString(h.sum([]byte(h.data))), err
		}), true
	case "digest":
		return function(name, func(_ *evaluator, c args) (any, error) {
			_, err := c.bind(name)
			return bytesVal(h.sum([]byte(h.data))), err
		}), true
	}
	return nil, false
}

func hasher(name string, sum func([]byte) []byte) *builtin {
	return function(name, func(ev *evaluator, c args) (any, error) {
		b, err := c.bind(name, "/", "data?")
		if err != nil || !b.given[0] {
			return &hashVal{name: name, sum: sum}, err
		}
		raw, ok := b.vals[0].(bytesVal)
		if !ok {
			return nil, raise("TypeError", "Strings must be encoded before hashing")
		}
		return &hashVal{name, string(raw), sum}, ev.grow(len(raw))
	})
}

var hashModule = &module{name: "hashlib", attrs: map[string]any{
	"md5":    hasher("md5", func(b []byte) []byte { s := md5.Sum(b); return s[:] }),
	"sha1":   hasher("sha1", func(b []byte) []byte { s := sha1.Sum(b); return s[:] }),
	"sha224": hasher("sha224", func(b []byte) []byte { s := sha256.Sum224(b); return s[:] }),
	"sha256": hasher("sha256", func(b []byte) []byte { s := sha256.Sum256(b); return s[:] }),
	"sha384": hasher("sha384", func(b []byte) []byte { s := sha512.Sum384(b); return s[:] }),
	"sha512": hasher("sha512", func(b []byte) []byte { s := sha512.Sum512(b); return s[:] }),
}}

// osModule has nothing but the text side of os.path.
var osModule = &module{name: "os", attrs: map[string]any{"path": &module{name: "posixpath", attrs: map[string]any{
	"sep":  "/",
	"join": function("join", joinPath),
	"basename": pathFunc("basename", func(p string) any {
		return p[strings.LastIndexByte(p, '/')+1:]
	}),
	"dirname": pathFunc("dirname", func(p string) any { return dirName(p) }),
	"split": pathFunc("split", func(p string) any {
		return tuple{dirName(p), p[strings.LastIndexByte(p, '/')+1:]}
	}),
	"splitext": pathFunc("splitext", splitExt),
	"isabs":    pathFunc("isabs", func(p string) any { return strings.HasPrefix(p, "/") }),
	"normpath": pathFunc("normpath", normPath),
}}}}

func pathFunc(name string, f func(p string) any) *builtin {
	return function(name, func(ev *evaluator, c args) (any, error) {
		b, err := c.bind(name, "/", "p")
		if err != nil {
			return nil, err
		}
		p := b.str(0, "")
		if b.err != nil {
			return nil, b.err
		}
		return f(p), ev.grow(len(p))
	})
}

func joinPath(ev *evaluator, c args) (any, error) {
	if len(c.pos) == 0 || len(c.names) > 0 {
		return nil, raise("TypeError", "join() missing 1 required positional argument: 'a'")
	}
	out := ""
	for i, v := range c.pos {
		s, ok := v.(string)
		if !ok {
			return nil, raise("TypeError", "join() argument must be str, bytes, or os.PathLike object, not '%s'", typeName(v))
		}
		switch {
		case i == 0 || strings.HasPrefix(s, "/"):
			out = s
		case out == "" || strings.HasSuffix(out, "/"):
			out += s
		default:
			out += "/" + s
		}
		if err := ev.grow(len(out)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func dirName(p string) string {
	head := p[:strings.LastIndexByte(p, '/')+1]
	if strings.Trim(head, "/") != "" {
		head = strings.TrimRight(head, "/")
	}
	return head
}

func splitExt(p string) any {
	base := strings.LastIndexByte(p, '/') + 1
	dot := strings.LastIndexByte(p, '.')
	if dot < base || strings.Trim(p[base:dot], ".") == "" {
		return tuple{p, ""}
	}
	return tuple{p[:dot], p[dot:]}
}

func normPath(p string) any {
	if strings.HasPrefix(p, "//") && !strings.HasPrefix(p, "///") {
		return "/" + path.Clean(p)
	}
	return path.Clean(p)
}

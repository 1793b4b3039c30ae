package auth

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"
)

// AppHeader is the header in which an application names itself (domain §4.1).
const AppHeader = "X-Bkapi-Authorization"

const (
	// maxHeader bounds the header. Codes, secrets and names take some 200 bytes;
	// a bk_token may take more.
	maxHeader = 4096
	// maxUsername bounds bk_username, in characters.
	maxUsername = 128
)

// Credentials are what an application sends to say who it is.
type Credentials struct {
	AppCode, AppSecret string
	// Username is whom the application speaks for, or "".
	Username string
}

// String and GoString keep the secret out of logs.
func (c Credentials) String() string { return "credentials of " + c.AppCode }

// GoString is String.
func (c Credentials) GoString() string { return c.String() }

func (c Credentials) check() error {
	switch {
	case c.AppCode == "":
		return unauthenticated("bk_app_code is missing")
	case c.AppSecret == "":
		return unauthenticated("bk_app_secret is missing")
	}
	return checkUsername(c.Username)
}

func checkUsername(name string) error {
	switch {
	case utf8.RuneCountInString(name) > maxUsername:
		return unauthenticated("bk_username is too long")
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl):
		return unauthenticated("bk_username has characters that are not allowed")
	}
	return nil
}

// digest names the credentials in the cache. Each part is hashed by itself, so
// that parts of different length cannot be mistaken for each other.
func (c Credentials) digest() digest {
	h := sha256.New()
	for _, part := range []string{c.AppCode, c.AppSecret, c.Username} {
		sum := sha256.Sum256([]byte(part))
		h.Write(sum[:])
	}
	return digest(h.Sum(nil))
}

// byAppSecret is the method of AppHeader. The cache is asked before the header is
// read: what was accepted once needs no second look.
func (a *Authenticator) byAppSecret(ctx context.Context, h http.Header) (Caller, bool, error) {
	values := h.Values(AppHeader)
	if len(values) == 0 {
		return Caller{}, false, nil
	}
	if len(values) > 1 {
		return Caller{}, true, unauthenticated(AppHeader + " must be sent once")
	}
	if len(values[0]) > maxHeader {
		return Caller{}, true, unauthenticated(AppHeader + " is too long")
	}
	c, err := a.cache.remember(sha256.Sum256([]byte(values[0])), func() (Caller, error) {
		sent, err := parseCredentials(values[0])
		if err != nil {
			return Caller{}, err
		}
		return a.verify(ctx, sent)
	})
	return c, true, err
}

var errTwice = errors.New("a name twice")

// parseCredentials reads the JSON object of the header. Names that it does not know
// are left to the gateway; bk_token, the user's session, is one that we check for
// its type only: nobody here can tell whose it is.
func parseCredentials(header string) (Credentials, error) {
	if !utf8.ValidString(header) {
		return Credentials{}, unauthenticated(AppHeader + " is not UTF-8")
	}
	members, err := readObject(header)
	if errors.Is(err, errTwice) {
		return Credentials{}, unauthenticated(AppHeader + " has a name twice")
	}
	if err != nil { // its text may quote the header
		return Credentials{}, unauthenticated(AppHeader + " is not a JSON object")
	}
	var c Credentials
	var token string
	for _, known := range []struct {
		name string
		to   *string
	}{{"bk_app_code", &c.AppCode}, {"bk_app_secret", &c.AppSecret}, {"bk_username", &c.Username}, {"bk_token", &token}} {
		value, ok := members[known.name]
		if !ok {
			continue
		}
		if value[0] != '"' || json.Unmarshal(value, known.to) != nil {
			return Credentials{}, unauthenticated(known.name + " in " + AppHeader + " must be a string")
		}
	}
	return c, c.check()
}

// readObject splits an object into its members. Unlike json.Unmarshal it refuses
// to let the second of two equal names win silently.
func readObject(text string) (map[string]json.RawMessage, error) {
	d := json.NewDecoder(strings.NewReader(text))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return nil, errors.Join(err, errors.New("not an object"))
	}
	members := map[string]json.RawMessage{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		key, ok := name.(string)
		if !ok {
			return nil, errors.New("a name is not a string")
		}
		if _, ok := members[key]; ok {
			return nil, errTwice
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		members[key] = bytes.TrimSpace(value)
	}
	if _, err := d.Token(); err != nil { // the closing brace
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the object")
	}
	return members, nil
}

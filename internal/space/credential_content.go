package space

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	entcredential "rehearse.dev/ent/credential"
	"rehearse.dev/internal/input"
)

// Mask stands for every secret of a credential that is shown.
const Mask = "******"

// Limits of what a credential holds: members, and characters.
const (
	maxMembers = 50
	maxMember  = 64
	maxSecret  = 8192
)

// The members that a BK_APP has; the resolution reads them.
const (
	appCodeMember   = "bk_app_code"
	appSecretMember = "bk_app_secret"
)

// content is what a credential holds: texts by name (domain §2.3).
type content map[string]string

// member is one text that a type demands.
type member struct {
	name   string
	secret bool
}

// members are what the types demand; CUSTOM takes any name and hides every value.
var members = map[entcredential.Type][]member{
	entcredential.TypeBK_APP:          {{appCodeMember, false}, {appSecretMember, true}},
	entcredential.TypeBK_ACCESS_TOKEN: {{"access_token", true}},
	entcredential.TypeBASIC_AUTH:      {{"username", false}, {"password", true}},
	entcredential.TypeCUSTOM:          nil,
}

var memberName = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)

// readContent reads and checks what a credential of this type shall hold. Messages
// name members and never repeat a value.
func readContent(c *input.Checker, typ entcredential.Type, raw json.RawMessage) content {
	var given map[string]json.RawMessage
	if len(raw) == 0 || json.Unmarshal(raw, &given) != nil || given == nil {
		c.Add(codeWrongType, "content must be an object of texts", "content")
		return nil
	}
	read := make(content, len(given))
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if text, ok := readMember(c, typ, name, given[name]); ok {
			read[name] = text
		}
	}
	for _, m := range members[typ] {
		if _, ok := given[m.name]; !ok {
			c.Add(codeRequired, fmt.Sprintf("a credential of type %s must have %s", typ, m.name), "content", m.name)
		}
	}
	switch {
	case typ == entcredential.TypeCUSTOM && len(given) == 0:
		c.Add(codeBlank, "content must hold something", "content")
	case len(given) > maxMembers:
		c.Add(codeTooLong, fmt.Sprintf("content must have at most %d members", maxMembers), "content")
	}
	return read
}

func readMember(c *input.Checker, typ entcredential.Type, name string, raw json.RawMessage) (string, bool) {
	at := []string{"content", name}
	switch {
	case len(members[typ]) > 0 && !slices.ContainsFunc(members[typ], func(m member) bool { return m.name == name }):
		c.Add(codeInvalidValue, fmt.Sprintf("a credential of type %s has no such member", typ), at...)
		return "", false
	case len(name) > maxMember || !memberName.MatchString(name):
		c.Add(codeInvalidValue, fmt.Sprintf("a name has 1 to %d letters, digits, dots, hyphens and underscores", maxMember), at...)
		return "", false
	}
	var text *string
	switch err := json.Unmarshal(raw, &text); {
	case err != nil || text == nil: // the error may quote the value
		c.Add(codeWrongType, name+" must be a text", at...)
	case strings.TrimSpace(*text) == "":
		c.Add(codeBlank, name+" must not be blank", at...)
	case utf8.RuneCountInString(*text) > maxSecret:
		c.Add(codeTooLong, fmt.Sprintf("%s must have at most %d characters", name, maxSecret), at...)
	case strings.ContainsRune(*text, 0) || !utf8.ValidString(*text):
		c.Add(codeInvalidValue, name+" must be UTF-8 without NUL characters", at...)
	case isSecret(typ, name) && strings.Trim(strings.TrimSpace(*text), "*") == "":
		c.Add(codeInvalidValue, name+" is only asterisks: that is how it is shown, not what it is", at...)
	default:
		return *text, true
	}
	return "", false
}

// isSecret says whether a member is hidden: all but those that a type shows.
func isSecret(typ entcredential.Type, name string) bool {
	return !slices.Contains(members[typ], member{name: name})
}

// shown is the content with its secrets masked.
func (k content) shown(typ entcredential.Type) content {
	masked := maps.Clone(k)
	for name := range masked {
		if isSecret(typ, name) {
			masked[name] = Mask
		}
	}
	return masked
}

// String and GoString keep the secrets out of logs.
func (k content) String() string { return fmt.Sprintf("content of %d members", len(k)) }

// GoString is String.
func (k content) GoString() string { return k.String() }

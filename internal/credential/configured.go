package credential

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// DefaultScope is the member of the setting's object that counts where no scope fits.
const DefaultScope = "default"

// scopeKey is how a scope is written: its type, an underscore, its value.
var scopeKey = regexp.MustCompile(`^[^{]+_[^{]+$`)

// Configured returns the name that the setting api_gateway_credential_name gives
// for a scope: a text always, an object by "type_value" and else by DefaultScope.
// Type and value count only together. It returns "" when the setting names none.
func Configured(setting json.RawMessage, scopeType, scopeValue *string) string {
	var name string
	if json.Unmarshal(setting, &name) == nil {
		return name
	}
	var byScope map[string]string
	if json.Unmarshal(setting, &byScope) != nil {
		return ""
	}
	if scopeType != nil && scopeValue != nil && *scopeType != "" && *scopeValue != "" {
		if name, ok := byScope[*scopeType+"_"+*scopeValue]; ok {
			return name
		}
	}
	return byScope[DefaultScope]
}

// Fault is one thing that is wrong with the setting.
type Fault struct {
	// Member is the name inside the object, "" for the setting itself.
	Member string
	// Type says that the JSON type is wrong, and not the value.
	Type    bool
	Message string
}

// CheckConfigured lists what is wrong with a value for the setting (domain §2.2):
// it must be a text with something in it, or an object of such texts with a
// DefaultScope, whose other names are scopes. Any other JSON is refused.
func CheckConfigured(setting json.RawMessage) []Fault {
	setting = bytes.TrimSpace(setting)
	var name string
	if json.Unmarshal(setting, &name) == nil && len(setting) > 0 && setting[0] == '"' {
		if strings.TrimSpace(name) == "" {
			return []Fault{{Message: "must name a credential; null takes the setting away"}}
		}
		return nil
	}
	var byScope map[string]json.RawMessage
	if len(setting) == 0 || setting[0] != '{' || json.Unmarshal(setting, &byScope) != nil {
		return []Fault{{Type: true, Message: "must be a text, or an object from scope to text"}}
	}
	var found []Fault
	if _, ok := byScope[DefaultScope]; !ok {
		found = append(found, Fault{Member: DefaultScope, Message: "the object must have a default"})
	}
	for _, scope := range slices.Sorted(maps.Keys(byScope)) {
		if scope != DefaultScope && !scopeKey.MatchString(scope) {
			found = append(found, Fault{Member: scope, Message: fmt.Sprintf("%q is not a scope, which is written type_value without {", scope)})
		}
		var name *string
		switch err := json.Unmarshal(byScope[scope], &name); {
		case err != nil || name == nil:
			found = append(found, Fault{Member: scope, Type: true, Message: "must be a text: the name of a credential"})
		case strings.TrimSpace(*name) == "":
			found = append(found, Fault{Member: scope, Message: "must name a credential"})
		}
	}
	return found
}

package task

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/flow"
)

// Mask stands for every secret that is shown.
const Mask = "******"

// Keys of a credential that the contract demands.
const (
	appCodeKey   = "bk_app_code"
	appSecretKey = "bk_app_secret"
)

// DecodeCredentials reads the contract's form: an object from credential name
// to base64 of a JSON object with bk_app_code and bk_app_secret. It reports
// every problem, with the path of the credential, and never repeats a value.
// Both results are nil when raw is empty.
func DecodeCredentials(raw json.RawMessage) (map[string]map[string]any, []fault.Problem) {
	if len(raw) == 0 {
		return nil, nil
	}
	var encoded map[string]json.RawMessage
	if !isObject(raw) || json.Unmarshal(raw, &encoded) != nil {
		return nil, []fault.Problem{problem(codeWrongType,
			"credentials must be an object from credential name to base64 text", "credentials")}
	}
	var problems []fault.Problem
	decoded := make(map[string]map[string]any, len(encoded))
	for _, name := range slices.Sorted(maps.Keys(encoded)) {
		credential, reasons := decodeCredential(encoded[name])
		if strings.TrimSpace(name) == "" {
			reasons = append(reasons, "needs a name")
		}
		for _, reason := range reasons {
			problems = append(problems, problem(codeInvalidCredential,
				fmt.Sprintf("credential %s %s", name, reason), "credentials", name))
		}
		decoded[name] = credential
	}
	if len(decoded) == 0 {
		return nil, nil
	}
	return decoded, problems
}

// decodeCredential reads one credential or says what is wrong with it.
func decodeCredential(raw json.RawMessage) (map[string]any, []string) {
	var text string
	if len(raw) == 0 || raw[0] != '"' || json.Unmarshal(raw, &text) != nil {
		return nil, []string{"must be the base64 text of a JSON object"}
	}
	// Strict refuses what a lenient decoder would drop: white space, the URL
	// alphabet, a non-zero tail.
	if strings.ContainsAny(text, "\r\n") {
		return nil, []string{"is not standard base64 with padding"}
	}
	plain, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil {
		return nil, []string{"is not standard base64 with padding"}
	}
	if !utf8.Valid(plain) {
		return nil, []string{"is not UTF-8 inside its base64"}
	}
	if !json.Valid(plain) {
		return nil, []string{"is not JSON inside its base64"}
	}
	if !isObject(plain) {
		return nil, []string{"is not a JSON object inside its base64"}
	}
	// The messages of the check may quote the text, so they are not handed on.
	if len(flow.CheckJSON(plain, flow.MaxTreeBytes)) > 0 {
		return nil, []string{"has a repeated name, a NUL character, an integer beyond 2^53 or deep nesting inside its base64"}
	}
	var object map[string]any
	decoder := json.NewDecoder(bytes.NewReader(plain))
	decoder.UseNumber() // a number in a credential is opened as it was sent
	if decoder.Decode(&object) != nil {
		return nil, []string{"is not JSON inside its base64"}
	}
	var reasons []string
	for _, key := range []string{appCodeKey, appSecretKey} {
		switch v, given := object[key]; {
		case !given:
			reasons = append(reasons, "lacks "+key)
		default:
			if text, ok := v.(string); !ok || strings.TrimSpace(text) == "" {
				reasons = append(reasons, "has a "+key+" that is not a text with something in it")
			}
		}
	}
	return object, reasons
}

// maskCredentials shows the application codes and hides everything else.
func maskCredentials(credentials map[string]map[string]any) map[string]map[string]string {
	masked := make(map[string]map[string]string, len(credentials))
	for name, credential := range credentials {
		masked[name] = make(map[string]string, len(credential))
		for key, value := range credential {
			masked[name][key] = Mask
			if code, ok := value.(string); ok && key == appCodeKey {
				masked[name][key] = code
			}
		}
	}
	return masked
}

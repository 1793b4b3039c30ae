package space

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"rehearse.dev/internal/input"
)

// The ways to read the catalogue of an API, as they are stored (domain §2.2).
const (
	CatalogRemote     = "remote"
	CatalogCacheFirst = "cache_first"
	CatalogCacheOnly  = "cache_only"
)

// UniformAPIConfig is the setting uniform_api.
type UniformAPIConfig struct {
	// APIs keep their order: a call whose host fits none takes the headers of the
	// first (domain §3.3).
	APIs                                                     []API
	ExcludeNoneFields, ParameterConversion, StandardResponse bool
}

// API is one entry of it.
type API struct {
	Key         string          `json:"-"`
	MetaAPIs    string          `json:"meta_apis"`
	Categories  string          `json:"api_categories"`
	DisplayName string          `json:"display_name"`
	SourceKey   string          `json:"source_key,omitempty"`
	CatalogMode string          `json:"catalog_mode,omitempty"`
	Headers     json.RawMessage `json:"headers,omitempty"`
}

// Names inside the setting, and of the entry that the oldest form stands for.
const (
	excludeNoneFields   = "exclude_none_fields"
	parameterConversion = "enable_api_parameter_conversion"
	standardResponse    = "enable_standard_response"
	flatKey             = "default"
)

// readUniformAPI reads the stored form, and the oldest one, which is a single entry
// without a key.
func readUniformAPI(raw json.RawMessage) UniformAPIConfig {
	var stored struct {
		API    json.RawMessage            `json:"api"`
		Common map[string]json.RawMessage `json:"common"`
	}
	c := UniformAPIConfig{APIs: []API{}}
	if json.Unmarshal(raw, &stored) != nil {
		return c
	}
	c.ExcludeNoneFields = Truth(stored.Common[excludeNoneFields])
	c.ParameterConversion = Truth(stored.Common[parameterConversion])
	c.StandardResponse = Truth(stored.Common[standardResponse])
	if stored.API == nil {
		var flat API
		if json.Unmarshal(raw, &flat) == nil && flat.MetaAPIs != "" {
			c.APIs = append(c.APIs, flat.read(flatKey))
		}
		return c
	}
	d := json.NewDecoder(bytes.NewReader(stored.API))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return c
	}
	for d.More() {
		key, err := d.Token()
		var api API
		if err != nil || d.Decode(&api) != nil {
			return c
		}
		c.APIs = append(c.APIs, api.read(fmt.Sprint(key)))
	}
	return c
}

// read completes an entry that was stored.
func (a API) read(key string) API {
	a.Key = key
	if a.CatalogMode != CatalogCacheFirst && a.CatalogMode != CatalogCacheOnly {
		a.CatalogMode = CatalogRemote
	}
	if len(a.Headers) == 0 || a.Headers[0] != '{' {
		a.Headers = json.RawMessage(`{}`)
	}
	return a
}

// encode writes the stored form. The flags are real booleans there.
func (c UniformAPIConfig) encode() (json.RawMessage, error) {
	var b bytes.Buffer
	b.WriteString(`{"api":{`)
	for i, api := range c.APIs {
		if i > 0 {
			b.WriteByte(',')
		}
		entry, err := json.Marshal(api)
		if err != nil {
			return nil, fmt.Errorf("encode the API %s: %w", api.Key, err)
		}
		fmt.Fprintf(&b, "%q:%s", api.Key, entry) // a key has letters, digits and underscores only
	}
	fmt.Fprintf(&b, `},"common":{"%s":%t,"%s":%t,"%s":%t}}`, excludeNoneFields, c.ExcludeNoneFields,
		parameterConversion, c.ParameterConversion, standardResponse, c.StandardResponse)
	return b.Bytes(), nil
}

// UniformAPIParams are the wishes for the setting. The flags are JSON: true, false,
// their texts, or nothing, which is false.
type UniformAPIParams struct {
	APIs                                                     []API
	ExcludeNoneFields, ParameterConversion, StandardResponse json.RawMessage
}

// Limits of the entries; texts in characters.
const (
	maxAPIs     = 100
	maxAPIKey   = 64
	maxAPIText  = 128
	maxAPIURL   = 1024
	maxHeaders  = 50
	maxHeader   = 4096
	uniformPath = "uniformApi"
)

var (
	apiKey     = regexp.MustCompile(`^[A-Za-z0-9_]+$`)
	headerName = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$") // a token of RFC 9110 §5.6.2
)

func (p *UniformAPIParams) checked(c *input.Checker) UniformAPIConfig {
	made := UniformAPIConfig{APIs: slices.Clone(p.APIs)}
	for _, flag := range []struct {
		raw  json.RawMessage
		to   *bool
		name string
	}{
		{p.ExcludeNoneFields, &made.ExcludeNoneFields, "excludeNoneFields"},
		{p.ParameterConversion, &made.ParameterConversion, "enableApiParameterConversion"},
		{p.StandardResponse, &made.StandardResponse, "enableStandardResponse"},
	} {
		on, ok := truth(flag.raw)
		*flag.to = on
		if !ok && len(flag.raw) > 0 && string(flag.raw) != "null" {
			c.Add(codeWrongType, flag.name+` must be true, false, "true" or "false"`, uniformPath, flag.name)
		}
	}
	if len(made.APIs) > maxAPIs {
		c.Add(codeTooLong, fmt.Sprintf("at most %d APIs", maxAPIs), uniformPath, "apis")
	}
	seen := map[string]bool{}
	for i := range made.APIs {
		api, at := &made.APIs[i], func(field string) []string { return []string{uniformPath, "apis", fmt.Sprint(i), field} }
		api.checked(c, at)
		if seen[api.Key] {
			c.Add(codeConflict, fmt.Sprintf("the key %s is used twice", api.Key), at("key")...)
		}
		seen[api.Key] = true
	}
	return made
}

func (a *API) checked(c *input.Checker, at func(field string) []string) {
	a.Key = c.Required(a.Key, maxAPIKey, at("key")...)
	if a.Key != "" && !apiKey.MatchString(a.Key) {
		c.Add(codeInvalidValue, "a key has letters, digits and underscores only", at("key")...)
	}
	a.MetaAPIs = c.Required(a.MetaAPIs, maxAPIURL, at("metaApis")...)
	a.Categories = c.Text(a.Categories, maxAPIURL, at("apiCategories")...)
	for _, link := range [][2]string{{"metaApis", a.MetaAPIs}, {"apiCategories", a.Categories}} {
		if link[1] != "" && !isWebURL(link[1]) {
			c.Add(codeInvalidValue, link[0]+" must be an http or https URL", at(link[0])...)
		}
	}
	a.DisplayName = c.Text(a.DisplayName, maxAPIText, at("displayName")...)
	a.SourceKey = c.Text(a.SourceKey, maxAPIText, at("sourceKey")...)
	a.checkHeaders(c, at)
}

// checkHeaders refuses what could not be sent as it stands, or would start a header
// of its own (domain §3.3).
func (a *API) checkHeaders(c *input.Checker, at func(field string) []string) {
	if len(a.Headers) == 0 || string(a.Headers) == "null" {
		a.Headers = nil
		return
	}
	var headers map[string]json.RawMessage
	if json.Unmarshal(a.Headers, &headers) != nil {
		c.Add(codeWrongType, "headers must be an object from name to text", at("headers")...)
		return
	}
	if len(headers) > maxHeaders {
		c.Add(codeTooLong, fmt.Sprintf("at most %d headers", maxHeaders), at("headers")...)
	}
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		path := append(at("headers"), name)
		if !headerName.MatchString(name) {
			c.Add(codeInvalidValue, "this is not a header's name", path...)
		}
		var text *string
		switch err := json.Unmarshal(headers[name], &text); {
		case err != nil || text == nil:
			c.Add(codeWrongType, "a header must be a text", path...)
		case utf8.RuneCountInString(*text) > maxHeader:
			c.Add(codeTooLong, fmt.Sprintf("a header must have at most %d characters", maxHeader), path...)
		case strings.ContainsFunc(*text, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }):
			c.Add(codeInvalidValue, "a header must not hold line breaks or other control characters", path...)
		}
	}
}

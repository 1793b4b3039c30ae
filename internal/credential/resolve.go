// Package credential decides whose credential a uniform_api node calls with
// (domain §3.1 and §3.2): one of the task, that of the space, or the server's own.
//
// It is pure: what there is to choose from is handed in. It must not know where
// credentials are kept or how they are sealed, and no secret is in a reason it gives.
package credential

import "fmt"

// Plugin is the code of the nodes that call with a credential; all others ignore it.
const Plugin = "uniform_api"

// KeyInput is the input of versions 3 and 4 that asks for a credential by name.
const KeyInput = "uniform_api_plugin_credential_key"

// Source says whose a credential is.
type Source string

// The sources. None means that the node fails.
const (
	None   Source = ""
	Task   Source = "TASK"
	Space  Source = "SPACE"
	Server Source = "SERVER"
)

// Pair is an application's code and secret.
type Pair struct{ AppCode, Secret string }

// String and GoString keep the secret out of logs.
func (p Pair) String() string { return "the credential of " + p.AppCode }

// GoString is String.
func (p Pair) GoString() string { return p.String() }

func (p Pair) complete() bool { return p.AppCode != "" && p.Secret != "" }

// Request is one node and all that it could call with.
type Request struct {
	// Version is that of the plugin, such as "v3.0.0". One that is not known is read
	// as the newest, whose rules later ones inherit.
	Version string
	// Key is the node's input KeyInput, "" when it is not given.
	Key string
	// Name is the name that the space's setting gives for the task's scope (see
	// Configured), "" for none.
	Name string
	// Task are the task's own credentials by name.
	Task map[string]Pair
	// Space is the space's credential of that name, nil when it cannot be used;
	// SpaceReason says why then.
	Space       *Pair
	SpaceReason string
	// Server is the server's own, nil when it has none. UseServer allows it to
	// versions that may not always call with it (USE_BKFLOW_CREDENTIAL there).
	Server    *Pair
	UseServer bool
}

// Result is what a node calls with, or why it cannot.
type Result struct {
	Source Source
	// Name is the credential's; the server's has none.
	Name string
	Pair
	// Problem is "" unless Source is None.
	Problem string
	// Skipped says why each credential that comes earlier would not be used.
	Skipped []string
}

// Resolve follows the order of the plugin's version and takes the first credential
// that is complete. Versions 1 and 2 do not look at the task's credentials.
func Resolve(r Request) Result {
	c := chain{Request: r}
	switch r.Version {
	case "v1.0.0":
		c.UseServer = true
		return c.first(c.ofSpace, c.ofServer)
	case "v2.0.0":
		return c.first(c.ofSpace, c.ofServer)
	default:
		return c.first(c.byKey, c.bySetting, c.ofSpace, c.ofServer)
	}
}

// chain is one walk through the order.
type chain struct {
	Request
	skipped []string
}

// first asks step by step. A step returns false to let the next one try.
func (c *chain) first(steps ...func() (Result, bool)) Result {
	for _, step := range steps {
		if found, ok := step(); ok {
			found.Skipped = c.skipped
			return found
		}
	}
	return Result{Problem: "no credential to call with: neither the task nor the space has one that can be used", Skipped: c.skipped}
}

func (c *chain) skip(format string, args ...any) (Result, bool) {
	c.skipped = append(c.skipped, fmt.Sprintf(format, args...))
	return Result{}, false
}

// byKey is step 1: the task's credential that the node asks for. Step 2, the
// space's when the setting names it too, leads where step 4 leads for every key.
func (c *chain) byKey() (Result, bool) {
	if c.Key == "" {
		return Result{}, false
	}
	pair, ok := c.Task[c.Key]
	switch {
	case !ok:
		return c.skip("the node asks for %s, and the task has no credential of that name", c.Key)
	case !pair.complete():
		return c.skip("the task's credential %s lacks its code or its secret", c.Key)
	}
	return Result{Source: Task, Name: c.Key, Pair: pair}, true
}

// bySetting is step 3: the task's credential that the space's setting names. It is
// off when the node asks for one itself, even for one that there is not.
func (c *chain) bySetting() (Result, bool) {
	if c.Name == "" || c.Name == c.Key {
		return Result{}, false
	}
	pair, ok := c.Task[c.Name]
	switch {
	case c.Key != "" && ok:
		return c.skip("the task's credential %s, which the space's setting names, only counts for nodes that ask for none", c.Name)
	case c.Key != "":
		return Result{}, false
	case !ok:
		return c.skip("the space's setting names %s, and the task has no credential of that name", c.Name)
	case !pair.complete():
		return c.skip("the task's credential %s lacks its code or its secret", c.Name)
	}
	return Result{Source: Task, Name: c.Name, Pair: pair}, true
}

// ofSpace is step 4, whatever key the node asks for.
func (c *chain) ofSpace() (Result, bool) {
	switch {
	case c.Name == "":
		return c.skip("the space's setting api_gateway_credential_name names no credential for the task's scope")
	case c.Space == nil:
		return c.skip("the space's credential %s cannot be used: %s", c.Name, c.SpaceReason)
	case !c.Space.complete():
		return c.skip("the space's credential %s lacks its code or its secret", c.Name)
	}
	return Result{Source: Space, Name: c.Name, Pair: *c.Space}, true
}

// ofServer is step 5.
func (c *chain) ofServer() (Result, bool) {
	switch {
	case c.Server == nil || !c.Server.complete():
		return c.skip("the server has no credential of its own")
	case !c.UseServer:
		return c.skip("the server's own credential is switched off")
	}
	return Result{Source: Server, Pair: *c.Server}, true
}

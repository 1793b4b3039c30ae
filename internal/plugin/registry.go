// Package plugin holds the built-in node plugins, one file each, and the registry
// that the engine finds them in.
//
// Pure plugins (display, pause, timer, assignment, approval) implement
// engine.PurePlugin and run inside the engine's step. For plugins that call the
// outside world this package holds the declaration; whoever runs the engine makes the
// call. The package knows nothing of tasks, storage or transport.
package plugin

import (
	"slices"
	"strings"

	"rehearse.dev/internal/engine"
)

// Registry is a set of plugins by code and version. It implements
// engine.Catalog. It must not be changed while a plan uses it.
type Registry struct {
	plugins map[id]engine.Plugin
}

type id struct{ code, version string }

// NewRegistry makes a registry of the given plugins; a later one replaces an
// earlier one of the same code and version.
func NewRegistry(plugins ...engine.Plugin) *Registry {
	r := &Registry{plugins: make(map[id]engine.Plugin, len(plugins))}
	for _, p := range plugins {
		r.Add(p)
	}
	return r
}

// Builtin makes a registry of everything this package has: the pure plugins and
// the declarations of those that call out.
func Builtin() *Registry {
	r := NewRegistry(Display{}, Pause{}, Timer{}, Assign{}, Approve{})
	for _, spec := range external() {
		r.Add(External{spec})
	}
	for _, spec := range unserved() {
		r.Add(Unserved{spec})
	}
	return r
}

// Add puts a plugin under its code and version.
func (r *Registry) Add(p engine.Plugin) {
	spec := p.Spec()
	r.plugins[id{spec.Code, spec.Version}] = p
}

// Lookup finds a plugin by code and version, both exact.
func (r *Registry) Lookup(code, version string) (engine.Plugin, bool) {
	p, ok := r.plugins[id{code, version}]
	return p, ok
}

// Specs lists the declarations of all plugins by code, then version.
func (r *Registry) Specs() []engine.Spec {
	specs := make([]engine.Spec, 0, len(r.plugins))
	for _, p := range r.plugins {
		specs = append(specs, p.Spec())
	}
	slices.SortFunc(specs, func(a, b engine.Spec) int {
		if c := strings.Compare(a.Code, b.Code); c != 0 {
			return c
		}
		return strings.Compare(a.Version, b.Version)
	})
	return specs
}

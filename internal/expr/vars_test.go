package expr

// Vars is an Env of values that are all at hand.
type Vars map[string]any

// Lookup returns the value under name; it never fails.
func (m Vars) Lookup(name string) (any, bool, error) {
	v, ok := m[name]
	return v, ok, nil
}

package enginetest_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"rehearse.dev/internal/engine"
)

// TestVariablesThatDoubleStayBounded: each variable holds the one before it twice.
func TestVariablesThatDoubleStayBounded(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]any{"text": "${v%[1]d}${v%[1]d}", "expression": "${v%[1]d + v%[1]d}", "list": []any{"${v%[1]d}", "${v%[1]d}"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tree := New().Line("s a e").Constant("v0", "0123456789abcdef").Echo("a", "x", "${v60}", "y", "<${v60}>")
			for i := range 60 {
				tree.Constant(fmt.Sprintf("v%d", i+1), doubled(value, i))
			}
			w := newWorld(t, tree)
			began := time.Now()
			w.must(start)
			if took := time.Since(began); took > 20*time.Second {
				t.Errorf("took %v", took)
			}
			raw, err := json.Marshal(w.state)
			if err != nil {
				t.Fatal(err)
			}
			if len(raw) > 64<<20 {
				t.Errorf("the state has %d bytes", len(raw))
			}
			if state := w.state.Rows["a"].State; state != engine.Finished && state != engine.Failed {
				t.Errorf("a is %s", state)
			}
		})
	}
}

func doubled(value any, i int) any {
	switch v := value.(type) {
	case string:
		return fmt.Sprintf(v, i)
	case []any:
		return []any{doubled(v[0], i), doubled(v[1], i)}
	default:
		return v
	}
}

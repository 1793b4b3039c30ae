package plugin

import "rehearse.dev/internal/engine"

// Display is bk_display: it shows a message and puts nothing out.
type Display struct{}

// Spec declares bk_display.
func (Display) Spec() engine.Spec {
	return engine.Spec{
		Code: "bk_display", Version: "v1.0", Name: "Display", Pure: true,
		Inputs: []engine.FieldSpec{{Key: "bk_display_message", Name: "Message", Type: "string"}},
	}
}

// Execute succeeds; the message stands in the inputs for everybody to see.
func (Display) Execute(*engine.Call) engine.Answer { return engine.Success() }

// Schedule is never called.
func (Display) Schedule(*engine.Call) engine.Answer { return engine.Success() }

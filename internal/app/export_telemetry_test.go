package app

import "rehearse.dev/internal/telemetry"

// Watch has telemetry told of what the services do, as "serve" does.
func (a Assembly) Watch(t *telemetry.Telemetry) { a.watch(t) }

package relay_test

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain holds Follow to leaving nothing that runs.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

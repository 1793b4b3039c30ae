package store_test

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain holds Close to leaving nothing that runs.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

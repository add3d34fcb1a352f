package oauth_test

import (
	"testing"

	"gomphothere/internal/testkit"
)

func postgres(t *testing.T) string {
	t.Helper()
	return testkit.Postgres(t)
}

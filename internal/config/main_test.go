package config_test

import (
	"flag"
	"os"
	"testing"
)

// TestMain knows -update, which rewrites the pages in docs/.
func TestMain(m *testing.M) {
	flag.Bool("update", false, "rewrite docs/settings.md and docs/gomphothere.example.toml")
	flag.Parse()
	os.Exit(m.Run())
}

package store

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// A kept page must never outlive what it lists: who changes notifications does it in the one file that remembers.
func TestNotificationsAreDeletedInOnePlace(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	deletes := regexp.MustCompile(`delete from notifications\b`)
	found := 0
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		n := len(deletes.FindAll(text, -1))
		if name == "notifications.go" {
			found = n
		} else if n > 0 && filepath.Base(name) != "notifications_test.go" {
			t.Errorf("%s deletes notifications itself: use untell, which lets the kept page be forgotten", name)
		}
	}
	if found != 1 {
		t.Errorf("notifications.go deletes notifications in %d places, want 1", found)
	}
}

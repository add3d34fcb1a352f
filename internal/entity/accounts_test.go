package entity_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"gomphothere/internal/model"
)

func TestOfASuspendedAccountOnlyTheNameIsLeft(t *testing.T) {
	t.Parallel()
	a := alice()
	a.SuspendedAt, a.Locked, a.MovedTo = now, true, bob()
	got := drawer().Account(a)
	if got.DisplayName != "" || got.Note != "" || len(got.Fields) != 0 || len(got.Emojis) != 0 || len(*got.Roles) != 0 || got.Moved != nil {
		t.Errorf("a suspended account still says %+v", got)
	}
	if got.Locked || got.Discoverable || got.Indexable || got.AvatarDescription != "" || got.HeaderDescription != "" {
		t.Errorf("a suspended account still says %+v", got)
	}
	const avatar, header = "https://web.example.org/avatars/original/missing.png", "https://web.example.org/headers/original/missing.png"
	if got.Avatar != avatar || got.AvatarStatic != avatar || got.Header != header || got.HeaderStatic != header {
		t.Errorf("got pictures %s and %s", got.Avatar, got.Header)
	}
	if got.Username != "alice" || !got.Suspended {
		t.Errorf("got %+v, want alice, suspended", got)
	}
}

func TestAnAccountTellsDaysAndNotHours(t *testing.T) {
	t.Parallel()
	doc := read(t, draw(t, drawer().Account(alice())))
	want := map[string]any{"created_at": "2026-09-21T00:00:00.000Z", "last_status_at": "2026-09-21"}
	got := map[string]any{"created_at": doc["created_at"], "last_status_at": doc["last_status_at"]}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestOnlyHighlightedRolesOfOursAreShown(t *testing.T) {
	t.Parallel()
	quiet, remote := alice(), bob()
	quiet.Role.Highlighted = false
	remote.Role = alice().Role
	if roles := drawer().Account(alice()).Roles; len(*roles) != 1 || (*roles)[0].Name != "Owner" {
		t.Errorf("got %v, want the owner's badge", roles)
	}
	if roles := drawer().Account(quiet).Roles; roles == nil || len(*roles) != 0 {
		t.Errorf("got %v, want an empty array", roles)
	}
	if a := drawer().Account(remote); a.Roles != nil || a.Noindex != nil {
		t.Errorf("a stranger has roles %v and noindex %v", a.Roles, a.Noindex)
	}
}

func TestAMoveIsFollowedOneStep(t *testing.T) {
	t.Parallel()
	a, b := alice(), bob()
	a.MovedTo, b.MovedTo = b, alice()
	got := drawer().Account(a)
	if got.Moved == nil || got.Moved.ID != b.ID || got.Moved.Moved != nil {
		t.Errorf("got moved %+v", got.Moved)
	}
}

func TestAnOwnerHoldsEveryPermission(t *testing.T) {
	t.Parallel()
	d := drawer()
	if got := d.Role(&model.Role{Permissions: model.PermAdministrator}).Permissions; got != "4194303" {
		t.Errorf("an administrator: got %s", got)
	}
	if got := d.Role(nil); got.ID != "-99" || got.Permissions != "0" {
		t.Errorf("everyone: got %+v", got)
	}
}

func TestDefaultsFollowTheAccountAndItsLocale(t *testing.T) {
	t.Parallel()
	a := alice()
	a.Locked = true
	got := drawer().CredentialAccount(a, aliceUser(), 2).Source
	if got.Privacy != model.Private || got.Language != "de" || got.QuotePolicy != "public" || got.FollowRequestsCount != 2 {
		t.Errorf("got %+v", got)
	}
	if got.Note != "I & you" || got.Fields[0].Value != "https://a.example" {
		t.Errorf("the source is not what was typed: %+v", got)
	}
}

func TestAChangedRowIsDrawnAnew(t *testing.T) {
	t.Parallel()
	d, a := drawer(), alice()
	first := string(d.AppendAccount(nil, a))
	changed := *a
	changed.DisplayName, changed.Drawn = "Eve", &model.Slot{}
	if got := read(t, d.AppendAccount(nil, &changed)); got["display_name"] != "Eve" {
		t.Errorf("got %v, want the new name", got["display_name"])
	}
	if again := string(d.AppendAccount(nil, a)); again != first {
		t.Errorf("what was kept changed from %s to %s", first, again)
	}
}

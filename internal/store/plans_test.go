package store

import (
	"context"
	"strings"
	"testing"

	"gomphothere/internal/model"
)

// TestTimelinesAreReadFromTheirIndexes asks SQLite how it would read each timeline: from the index that has it in
// order, sorting nothing.
func TestTimelinesAreReadFromTheirIndexes(t *testing.T) {
	t.Parallel()
	db, err := Open(context.Background(), Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	page := model.Page{MaxID: 1 << 60, Limit: 20}
	tag := func(f TagFilter) (string, []any) {
		text, args := f.text(1)
		return span(text, "st.status_id", args, page)
	}
	account := func(f AccountFilter) (string, []any) {
		text, args := f.text()
		return span(text, "s.id", args, page)
	}
	ids := []model.ID{1, 2}
	for _, c := range []struct {
		name string
		make func() (string, []any)
		want string
	}{
		{"tag", func() (string, []any) { return tag(TagFilter{}) }, "SEARCH st USING PRIMARY KEY (tag_id=? AND status_id<?)"},
		{"tag, all and none", func() (string, []any) {
			return tag(TagFilter{All: ids, None: ids, PublicFilter: PublicFilter{Local: true, OnlyMedia: true}})
		}, "SEARCH st USING PRIMARY KEY (tag_id=? AND status_id<?)"},
		{"profile for a visitor", func() (string, []any) { return account(AccountFilter{Account: 1}) },
			"SEARCH s USING COVERING INDEX statuses_account (account_id=? AND id<?)"},
		{"profile for a follower, without replies and reblogs", func() (string, []any) {
			return account(AccountFilter{Account: 1, Viewer: 2, Follows: true, ExcludeReplies: true, ExcludeReblogs: true, ExcludeDirect: true})
		}, "SEARCH s USING COVERING INDEX statuses_account (account_id=? AND id<?)"},
		{"profile with media", func() (string, []any) { return account(AccountFilter{Account: 1, Viewer: 1, OnlyMedia: true}) },
			"SEARCH s USING COVERING INDEX statuses_account (account_id=? AND id<?)"},
		{"profile tagged", func() (string, []any) { return account(AccountFilter{Account: 1, Tag: 3}) },
			"SEARCH s USING COVERING INDEX statuses_account (account_id=? AND id<?)"},
	} {
		text, args := c.make()
		plan := db.plan(t, text, args)
		if !strings.Contains(plan, c.want) || strings.Contains(plan, "TEMP B-TREE") {
			t.Errorf("%s:\n%s\nwant %s and no sorting\n%s", c.name, plan, c.want, text)
		}
	}
}

func (db *DB) plan(t *testing.T, text string, args []any) string {
	t.Helper()
	type step struct {
		ID, Parent, Notused int64
		Detail              string
	}
	steps, err := all[step](db.Read(context.Background()), "explain query plan "+text, args...)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, s := range steps {
		b.WriteString(s.Detail + "\n")
	}
	return b.String()
}

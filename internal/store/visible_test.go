package store_test

import (
	"context"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
	"gomphothere/internal/testkit"
)

// The rule of who may see a status is written twice, in SQL and over rows in memory. In whatever little world, for
// whoever looks, both say the same.
func TestSQLAndMemoryAgreeOnWhoSeesWhat(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, db *store.DB) {
		n := 0
		rapid.Check(t, func(rt *rapid.T) {
			n++
			w := littleWorld(rt, db, n)
			for _, viewer := range append(w.people, nil) {
				for _, id := range w.statuses {
					cached, uncached, memory := seen(rt, db, viewer, id)
					if cached != uncached || memory != uncached {
						rt.Errorf("%s sees %v: by SQL %v, by the cache %v, by the rule in memory %v", nameOf(viewer), id, uncached, cached, memory)
					}
				}
			}
		})
	})
}

func nameOf(a *model.Account) string {
	if a == nil {
		return "a visitor"
	}
	return a.Username
}

type world struct {
	people   []*model.Account
	statuses []model.ID
}

// littleWorld makes four people, what ties them, and some of their statuses. A database holds many such worlds.
func littleWorld(rt *rapid.T, db *store.DB, n int) world {
	var w world
	err := db.Write(context.Background(), func(tx *store.Tx) error {
		w = world{}
		for i := range 4 {
			id := tx.NewID()
			a := &model.Account{ID: id, Username: fmt.Sprintf("p%d_%d", n, i), URI: "https://example.org/" + id.String(), CreatedAt: tx.Now(), UpdatedAt: tx.Now()}
			if i == 3 {
				a.Domain = "far.example"
			}
			if rapid.IntRange(0, 7).Draw(rt, "suspended") == 0 {
				a.SuspendedAt = tx.Now()
			}
			if err := tx.AddAccount(a); err != nil {
				return err
			}
			w.people = append(w.people, a)
		}
		for _, a := range w.people {
			for _, b := range w.people {
				if a == b {
					continue
				}
				if rapid.IntRange(0, 2).Draw(rt, "follows") == 0 {
					if err := tx.AddFollow(&model.Follow{ID: tx.NewID(), AccountID: a.ID, TargetID: b.ID, CreatedAt: tx.Now()}); err != nil {
						return err
					}
				}
				if rapid.IntRange(0, 3).Draw(rt, "blocks") == 0 {
					if err := tx.AddBlock(a.ID, b.ID); err != nil {
						return err
					}
				}
			}
		}
		for range rapid.IntRange(1, 4).Draw(rt, "statuses") {
			if err := w.say(rt, tx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		rt.Fatal(err)
	}
	return w
}

// say adds a status, and sometimes a reblog of it.
func (w *world) say(rt *rapid.T, tx *store.Tx) error {
	id := tx.NewID()
	by := rapid.SampledFrom(w.people).Draw(rt, "author")
	st := &model.Status{
		ID: id, AccountID: by.ID, URI: "https://example.org/" + id.String(), Local: by.Local(), CreatedAt: tx.Now(),
		Visibility: rapid.SampledFrom([]model.Visibility{model.Public, model.Unlisted, model.Private, model.Direct}).Draw(rt, "visibility"),
	}
	for _, a := range w.people {
		if rapid.IntRange(0, 3).Draw(rt, "mentioned") == 0 {
			st.Mentions = append(st.Mentions, model.Mention{AccountID: a.ID, Silent: rapid.Bool().Draw(rt, "silent")})
		}
	}
	if err := tx.AddStatus(st); err != nil {
		return err
	}
	w.statuses = append(w.statuses, id)
	if !rapid.Bool().Draw(rt, "reblogged") {
		return nil
	}
	r := tx.NewID()
	w.statuses = append(w.statuses, r)
	return tx.AddStatus(&model.Status{
		ID: r, AccountID: rapid.SampledFrom(w.people).Draw(rt, "reblogger").ID, URI: "https://example.org/" + r.String(),
		Visibility: st.Visibility, ReblogOfID: id, ReblogOfAccountID: by.ID, CreatedAt: tx.Now(),
	})
}

// seen asks in three ways whether somebody may see a status.
func seen(rt *rapid.T, db *store.DB, viewer *model.Account, id model.ID) (cached, uncached, memory bool) {
	ctx := context.Background()
	found := func(err error) bool {
		if err != nil && !model.IsNotFound(err) {
			rt.Fatal(err)
		}
		return err == nil
	}
	_, err := db.Read(ctx).StatusFor(viewer, id)
	cached = found(err)
	err = db.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.StatusFor(viewer, id) // inside a transaction nothing comes from the cache
		uncached = found(err)
		st, err := tx.StatusByID(id)
		if err != nil {
			return err
		}
		rel := model.Visitor()
		if viewer != nil {
			if rel, err = tx.Relations(viewer.ID); err != nil {
				return err
			}
		}
		memory = rel.Visible(st) && (st.Reblog == nil || rel.Visible(st.Reblog))
		return nil
	})
	if err != nil {
		rt.Fatal(err)
	}
	return cached, uncached, memory
}

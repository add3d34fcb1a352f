package social

import (
	"context"
	"slices"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

// Bookmark keeps a status for its reader, or lets go of it (Mastodon API: statuses/:id/bookmark).
func (s *Social) Bookmark(ctx context.Context, me *model.Account, id model.ID, on bool) (*model.Status, error) {
	err := s.DB.Write(ctx, func(tx *store.Tx) error {
		st, err := markable(tx, me, id, on)
		if err != nil {
			return err
		}
		if on {
			return tx.AddBookmark(me.ID, st.ID)
		}
		return tx.RemoveBookmark(me.ID, st.ID)
	})
	if err != nil {
		return nil, err
	}
	return s.DB.Read(ctx).StatusByID(id)
}

// markable finds a status that somebody may see, or whose mark they want to take back.
func markable(tx *store.Tx, me *model.Account, id model.ID, on bool) (*model.Status, error) {
	if on {
		return shownFor(tx, me, id)
	}
	st, err := tx.StatusByID(id)
	if err != nil {
		return nil, err
	}
	marked, err := tx.Marked(me.ID, st.Shown().ID)
	if err != nil || marked {
		return st.Shown(), err
	}
	return shownFor(tx, me, id)
}

// Bookmarks is a page of what somebody bookmarked; the cursors are the bookmarks' (Mastodon API: bookmarks).
func (s *Social) Bookmarks(ctx context.Context, me *model.Account, p model.Page) ([]*model.Status, []model.ID, error) {
	q := s.DB.Read(ctx)
	list, err := q.BookmarksOf(me.ID, p)
	if err != nil {
		return nil, nil, err
	}
	statuses, err := s.kept(q, me, list)
	return statuses, store.Cursors(list), err
}

// Favourites is a page of what somebody favoured; the cursors are the favourites' (Mastodon API: favourites).
func (s *Social) Favourites(ctx context.Context, me *model.Account, p model.Page) ([]*model.Status, []model.ID, error) {
	q := s.DB.Read(ctx)
	list, err := q.FavouritesOf(me.ID, p)
	if err != nil {
		return nil, nil, err
	}
	statuses, err := s.kept(q, me, list)
	return statuses, store.Cursors(list), err
}

// kept are the statuses of a list that its reader may still see.
func (s *Social) kept(q *store.Q, me *model.Account, list []store.Entry) ([]*model.Status, error) {
	rel, err := q.Relations(me.ID)
	if err != nil {
		return nil, err
	}
	statuses, err := q.Statuses(store.Listed(list))
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(statuses, func(st *model.Status) bool { return !rel.Visible(st) }), nil
}

// FavouritedBy is a page of who favoured a status; the cursors are the favourites' (Mastodon API: favourited_by).
func (s *Social) FavouritedBy(ctx context.Context, me *model.Account, id model.ID, p model.Page) ([]*model.Account, []model.ID, error) {
	return s.whoMarked(ctx, me, id, p, (*store.Q).FavouritedBy)
}

// RebloggedBy is a page of who shared a status; the cursors are the reblogs' (Mastodon API: reblogged_by).
func (s *Social) RebloggedBy(ctx context.Context, me *model.Account, id model.ID, p model.Page) ([]*model.Account, []model.ID, error) {
	return s.whoMarked(ctx, me, id, p, (*store.Q).RebloggedBy)
}

func (s *Social) whoMarked(ctx context.Context, me *model.Account, id model.ID, p model.Page,
	read func(*store.Q, model.ID, model.Page) ([]store.Entry, error)) ([]*model.Account, []model.ID, error) {
	q := s.DB.Read(ctx)
	st, err := q.StatusFor(me, id)
	if err != nil {
		return nil, nil, err
	}
	rel, err := s.relations(ctx, me)
	if err != nil {
		return nil, nil, err
	}
	list, err := read(q, st.Shown().ID, p)
	if err != nil {
		return nil, nil, err
	}
	accounts, err := q.Accounts(store.Listed(list))
	if err != nil {
		return nil, nil, err
	}
	now := q.Now()
	accounts = slices.DeleteFunc(accounts, func(a *model.Account) bool {
		return a.Suspended() || a.ID != rel.AccountID && (rel.Blocking[a.ID] || rel.BlockedBy[a.ID] || rel.Mutes(a.ID, now))
	})
	return accounts, store.Cursors(list), nil
}

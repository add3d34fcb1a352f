package store

import (
	"slices"

	"gomphothere/internal/model"
)

// Entry is a row of a list whose cursor is not the id of what it lists: the favourite's id, and who favoured.
type Entry struct {
	Cursor model.ID
	ID     model.ID
}

// Cursors are what the Link header of such a list is made of.
func Cursors(list []Entry) []model.ID {
	out := make([]model.ID, len(list))
	for i, e := range list {
		out[i] = e.Cursor
	}
	return out
}

// Listed are the ids of what such a list lists.
func Listed(list []Entry) []model.ID {
	out := make([]model.ID, len(list))
	for i, e := range list {
		out[i] = e.ID
	}
	return out
}

// entries runs a paged query of entries; the answer is newest first. The column is that of the cursor, with its
// table: a bare id in "order by" would be what is listed.
func (q *Q) entries(text, column string, args []any, p model.Page) ([]Entry, error) {
	text, args = span(text, column, args, p)
	list, err := all[Entry](q, text, args...)
	if p.Ascending() {
		slices.Reverse(list)
	}
	return list, err
}

// FavouritedBy pages through who favoured a status.
func (q *Q) FavouritedBy(status model.ID, p model.Page) ([]Entry, error) {
	return q.entries(`select id as cursor, account_id as id from favourites where status_id = $1`, "favourites.id", []any{status}, p)
}

// RebloggedBy pages through who shared a status with everybody.
func (q *Q) RebloggedBy(status model.ID, p model.Page) ([]Entry, error) {
	return q.entries(`
		select id as cursor, account_id as id
		from statuses
		where reblog_of_id = $1 and reblog_of_id <> 0 and visibility in ('public', 'unlisted')`, "statuses.id", []any{status}, p)
}

// FavouritesOf pages through the statuses an account favoured.
func (q *Q) FavouritesOf(account model.ID, p model.Page) ([]Entry, error) {
	return q.entries(`select id as cursor, status_id as id from favourites where account_id = $1`, "favourites.id", []any{account}, p)
}

// BookmarksOf pages through the statuses an account bookmarked.
func (q *Q) BookmarksOf(account model.ID, p model.Page) ([]Entry, error) {
	return q.entries(`select id as cursor, status_id as id from bookmarks where account_id = $1`, "bookmarks.id", []any{account}, p)
}

package social

import (
	"context"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

// Why somebody is suggested (Mastodon API: entities/Suggestion#sources).
const (
	friendsOfFriends = "friends_of_friends"
	mostFollowed     = "most_followed"
)

// Suggestions are accounts worth following: whom one's follows follow, then who is most followed here (Mastodon API:
// v2/suggestions).
func (s *Social) Suggestions(ctx context.Context, me *model.Account, p model.Page) ([]model.Suggestion, error) {
	q := s.DB.Read(ctx)
	want := p.Offset + p.Limit
	friends, err := q.FriendsOfFriends(me.ID, want)
	if err != nil {
		return nil, err
	}
	popular, err := q.MostFollowed(me.ID, want)
	if err != nil {
		return nil, err
	}
	var order []model.ID
	why := map[model.ID][]string{}
	add := func(ids []model.ID, source string) {
		for _, id := range ids {
			if why[id] == nil {
				order = append(order, id)
			}
			why[id] = append(why[id], source)
		}
	}
	add(friends, friendsOfFriends)
	add(popular, mostFollowed)
	order = order[min(p.Offset, len(order)):min(want, len(order))]
	accounts, err := q.Accounts(order)
	if err != nil {
		return nil, err
	}
	var out []model.Suggestion
	for _, a := range accounts {
		out = append(out, model.Suggestion{Account: a, Sources: why[a.ID]})
	}
	return out, nil
}

// DismissSuggestion keeps an account from being suggested again (Mastodon API: DELETE /api/v1/suggestions/:id).
func (s *Social) DismissSuggestion(ctx context.Context, me *model.Account, id model.ID) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.Account(id); err != nil {
			if model.IsNotFound(err) {
				return nil // as Mastodon: nobody is not suggested either
			}
			return err
		}
		return tx.AddDismissal(me.ID, id)
	})
}

// Directory pages through accounts that want to be found, by activity or newest first (Mastodon API: directory).
func (s *Social) Directory(ctx context.Context, me *model.Account, newest, local bool, p model.Page) ([]*model.Account, error) {
	q := s.DB.Read(ctx)
	var viewer model.ID
	if me != nil {
		viewer = me.ID
	}
	read := q.ActiveListed
	if newest {
		read = q.NewestListed
	}
	ids, err := read(viewer, local, p)
	if err != nil {
		return nil, err
	}
	return q.Accounts(ids)
}

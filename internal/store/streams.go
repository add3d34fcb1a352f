package store

import "gomphothere/internal/model"

// What streams ask for: of one status what many viewers did, of many viewers whether they have something at all.

// MarksOn are the marks of people here on a few statuses, by person and status. With viewers (500 at most) it looks for
// theirs alone; nil means everybody's. Marks of a status that was just written cannot be there yet: do not ask.
func (q *Q) MarksOn(statuses []*model.Status, viewers []model.ID) (map[model.ID]map[model.ID]model.Marks, error) {
	var ids, conversations []model.ID
	byConversation := map[model.ID][]model.ID{}
	for _, s := range statuses {
		ids = append(ids, s.ID)
		if s.ConversationID != 0 {
			conversations = append(conversations, s.ConversationID)
			byConversation[s.ConversationID] = append(byConversation[s.ConversationID], s.ID)
		}
	}
	only, local := "", `join users u on u.account_id = x.account_id`
	args := []any{ids, conversations}
	if viewers != nil {
		only, local, args = ` and x.account_id in $3`, "", append(args, viewers)
	}
	type mark struct {
		Viewer, ID model.ID
		Mark       int64
	}
	out := map[model.ID]map[model.ID]model.Marks{}
	set := func(viewer, status model.ID, m model.Marks) {
		if out[viewer] == nil {
			out[viewer] = map[model.ID]model.Marks{}
		}
		out[viewer][status] |= m
	}
	err := each(q, `
		select x.account_id as viewer, x.status_id as id, 1 as mark from favourites x `+local+` where x.status_id in $1`+only+`
		union all select x.account_id, x.reblog_of_id, 2 from statuses x `+local+` where x.reblog_of_id in $1 and x.reblog_of_id <> 0`+only+`
		union all select x.account_id, x.status_id, 4 from bookmarks x `+local+` where x.status_id in $1`+only+`
		union all select x.account_id, x.status_id, 16 from pins x `+local+` where x.status_id in $1`+only+`
		union all select x.account_id, x.conversation_id, 8 from conversation_mutes x where x.conversation_id in $2`+only,
		args, func(m *mark) {
			if m.Mark != int64(model.Muted) {
				set(m.Viewer, m.ID, model.Marks(m.Mark))
				return
			}
			for _, id := range byConversation[m.ID] {
				set(m.Viewer, id, model.Muted)
			}
		})
	return out, err
}

// VotesIn are the choices that people here made in a poll, by person.
func (q *Q) VotesIn(poll model.ID, viewers []model.ID) (map[model.ID][]int, error) {
	out := map[model.ID][]int{}
	type vote struct {
		AccountID model.ID
		Choice    int
	}
	text, args := `select x.account_id, x.choice from poll_votes x join users u on u.account_id = x.account_id where x.poll_id = $1 order by x.choice`, []any{poll}
	if viewers != nil {
		text, args = `select account_id, choice from poll_votes where poll_id = $1 and account_id in $2 order by choice`, append(args, viewers)
	}
	err := each(q, text, args, func(v *vote) { out[v.AccountID] = append(out[v.AccountID], v.Choice) })
	return out, err
}

// WithFilters are those of the viewers (500 at most) who have any filter.
func (q *Q) WithFilters(viewers []model.ID) (map[model.ID]bool, error) {
	out := map[model.ID]bool{}
	err := each(q, `select distinct account_id from filters where account_id in $1`, []any{viewers}, func(id *model.ID) { out[*id] = true })
	return out, err
}

// ListsOf are those of the lists that an account is on.
func (q *Q) ListsOf(account model.ID, lists []model.ID) (map[model.ID]bool, error) {
	out := map[model.ID]bool{}
	err := each(q, `select list_id from list_accounts where account_id = $1 and list_id in $2`, []any{account, lists}, func(id *model.ID) { out[*id] = true })
	return out, err
}

// AnnouncementReaction is how often an emoji stands under an announcement now.
func (q *Q) AnnouncementReaction(id model.ID, name string) (model.Reaction, error) {
	r := model.Reaction{AnnouncementID: id, Name: name}
	var err error
	if r.Count, err = one[int64](q, `select count(*) from announcement_reactions where announcement_id = $1 and name = $2`, id, name); err != nil {
		return r, err
	}
	e, found, err := maybe[model.CustomEmoji](q, `select * from custom_emojis where domain = '' and not disabled and shortcode = $1`, name)
	if found {
		r.Emoji = &e
	}
	return r, err
}

package social

import (
	"strconv"
	"time"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

// tellOf tells whoever a new status of ours concerns.
func (s *Social) tellOf(tx *store.Tx, author *model.Account, st *model.Status) error {
	if st.Visibility == model.Direct || st.IsReply && st.InReplyToAccountID != author.ID {
		return s.tellReaders(tx, author, st, nil)
	}
	subscribers, err := tx.Subscribers(author.ID)
	if err != nil {
		return err
	}
	return s.tellReaders(tx, author, st, subscribers)
}

// tellReaders tells whoever a new status concerns: the mentioned, the quoted, those who asked to hear of this author.
func (s *Social) tellReaders(tx *store.Tx, author *model.Account, st *model.Status, subscribers []model.ID) error {
	var told []model.ID // local people who heard of being mentioned
	for _, m := range st.Mentions {
		if m.Domain != "" || m.Silent || m.AccountID == author.ID {
			continue
		}
		v, err := s.notified(tx, m.AccountID, author, model.NotifyMention, st)
		if err != nil {
			return err
		}
		if v == tell {
			told = append(told, m.AccountID)
		}
	}
	if q := st.Quote; q != nil && q.State == "accepted" {
		if err := s.notify(tx, q.QuotedAccountID, author, model.NotifyQuote, st); err != nil {
			return err
		}
	}
	if st.Visibility == model.Direct {
		return s.converse(tx, author, st, told)
	}
	if st.Visibility == model.Limited || st.IsReply && st.InReplyToAccountID != author.ID {
		return nil
	}
	for _, id := range subscribers {
		if err := s.notify(tx, id, author, model.NotifyStatus, st); err != nil {
			return err
		}
	}
	return nil
}

// kindOfNotification is what a type of notification is like (Mastodon: Notification::PROPERTIES).
type kindOfNotification struct {
	filterable bool   // the person's policy applies
	self       bool   // may come from oneself
	group      string // "status": gathers by status; "type": gathers with all of its type; "": stands alone
	request    bool   // held back, it asks to be let through
}

func notificationKinds(typ string) kindOfNotification {
	switch typ {
	case model.NotifyMention, model.NotifyQuote:
		return kindOfNotification{filterable: true, request: true}
	case model.NotifyFavourite, model.NotifyReblog:
		return kindOfNotification{filterable: true, group: "status"}
	case model.NotifyFollow:
		return kindOfNotification{filterable: true, group: "type"}
	case model.NotifyFollowRequest:
		return kindOfNotification{filterable: true}
	case model.NotifyAdminSignUp:
		return kindOfNotification{group: "type"}
	case model.NotifyPoll, model.NotifySevered:
		return kindOfNotification{self: true}
	}
	return kindOfNotification{}
}

// verdict is what becomes of a notification.
type verdict int

const (
	tell verdict = iota
	hold         // kept apart, until its sender is let through
	drop
)

// notify tells a local account of something, once, unless they do not want to hear of whom did it
// (Mastodon: NotifyService).
func (s *Social) notify(tx *store.Tx, to model.ID, from *model.Account, typ string, st *model.Status) error {
	_, err := s.notified(tx, to, from, typ, st)
	return err
}

// notified is notify, and says what became of it.
func (s *Social) notified(tx *store.Tx, to model.ID, from *model.Account, typ string, st *model.Status) (verdict, error) {
	return s.told(tx, to, from, typ, st, 0)
}

// told is notified about a status, or about another row, whose table the type says.
func (s *Social) told(tx *store.Tx, to model.ID, from *model.Account, typ string, st *model.Status, about model.ID) (verdict, error) {
	kind := notificationKinds(typ)
	if to == from.ID && !kind.self {
		return drop, nil
	}
	var conversation model.ID
	if st != nil {
		conversation = st.ConversationID
	}
	standing, err := tx.Rapport(to, from, conversation)
	if model.IsNotFound(err) || err == nil && standing.Domain != "" {
		return drop, nil
	}
	if err != nil {
		return drop, err
	}
	what := occurrence{typ: typ, from: from, now: tx.Now(), self: to == from.ID}
	if typ == model.NotifyMention && st != nil {
		if what.avoided, err = tx.AvoidsAny(to, othersIn(st, to)); err != nil {
			return drop, err
		}
		if what.private, err = privateMention(tx, to, from, st, &standing); err != nil {
			return drop, err
		}
	}
	v := judge(&standing, what)
	if v == drop {
		return drop, nil
	}
	n := &model.Notification{ID: tx.NewID(), AccountID: to, FromID: from.ID, Type: typ, AboutID: about, Filtered: v == hold, CreatedAt: tx.Now()}
	if st != nil {
		n.StatusID = st.ID
	}
	if v == tell {
		if n.GroupKey, err = groupKey(tx, n, kind); err != nil {
			return drop, err
		}
	}
	added, err := tx.AddNotification(n)
	if err != nil || !added {
		return v, err
	}
	if v == hold {
		if !kind.request || st == nil {
			return v, nil
		}
		return v, tx.HoldBack(to, from.ID, st.ID)
	}
	tx.Publish(model.Event{Type: "notification", Stream: "user", Account: to, ID: n.ID})
	if standing.Pushes {
		if err := pushOf(tx, n, &standing); err != nil {
			return v, err
		}
	}
	return v, s.mailOf(tx, n, &standing)
}

// othersIn are whom a status addresses or answers beside the one who is told of it.
func othersIn(st *model.Status, to model.ID) []model.ID {
	var out []model.ID
	for _, m := range st.Mentions {
		if m.AccountID != to && !m.Silent {
			out = append(out, m.AccountID)
		}
	}
	if st.IsReply && st.InReplyToAccountID != 0 && st.InReplyToAccountID != to {
		out = append(out, st.InReplyToAccountID)
	}
	return out
}

// privateMention tells whether a status is a direct one from a stranger that answers nothing direct written to them.
func privateMention(tx *store.Tx, to model.ID, from *model.Account, st *model.Status, standing *store.Rapport) (bool, error) {
	if st.Visibility != model.Direct || standing.Following || standing.Permitted || to == from.ID {
		return false, nil
	}
	if st.InReplyToID == 0 {
		return true, nil
	}
	answers, err := tx.AnswersPrivately(st.InReplyToID, from.ID)
	return !answers, err
}

// occurrence is what somebody may be told of.
type occurrence struct {
	typ     string
	from    *model.Account
	now     model.Time
	self    bool
	avoided bool // a mention that names or answers somebody whom the person blocks or mutes
	private bool // a direct mention out of the blue
}

// Mastodon's thresholds (NotifyService).
const (
	newAccount  = 30 * 24 * time.Hour
	newFollower = 3 * 24 * time.Hour
)

// judge decides what becomes of an occurrence (Mastodon: NotifyService::DropCondition and FilterCondition).
func judge(st *store.Rapport, o occurrence) verdict {
	kind, from := notificationKinds(o.typ), o.from
	staff := o.typ == model.NotifyMention && from.Local() && moderates(from.Role) && st.FromPosition > st.Position
	switch {
	case st.SuspendedAt != 0 || from.Suspended():
		return drop
	case o.self:
		return tell
	case staff:
		return tell
	case st.Blocked, st.Muted, st.ConversationMuted, o.avoided,
		st.DomainBlocked && from.Domain != "" && !st.Following:
		return drop
	case !kind.filterable || st.Permitted:
		return tell
	}
	v := tell
	for _, rule := range []struct {
		applies bool
		says    string
	}{
		{from.Silenced() && !st.Following, orFilter(st.ForLimitedAccounts)},
		{!st.Following, st.ForNotFollowing},
		{st.FollowedAt == 0 || st.FollowedAt > o.now.Add(-newFollower), st.ForNotFollowers},
		{from.CreatedAt > o.now.Add(-newAccount) && !st.Following, st.ForNewAccounts},
		{o.private, orFilter(st.ForPrivateMentions)},
		{from.Bot() && !st.Following, st.ForBots},
	} {
		switch {
		case rule.applies && rule.says == policyDrop:
			return drop
		case rule.applies && rule.says == policyFilter:
			v = hold
		}
	}
	return v
}

// orFilter is what holds when nobody chose: limited accounts and private mentions out of the blue are held back
// (Mastodon: notification_policies' defaults).
func orFilter(says string) string {
	if says == "" {
		return policyFilter
	}
	return says
}

// moderates tells whether a role is shown and lets its holder moderate; their word reaches everybody.
func moderates(r *model.Role) bool {
	const moderation = model.PermViewDashboard | model.PermViewAuditLog | model.PermManageUsers | model.PermManageUserAccess |
		model.PermDeleteUserData | model.PermManageReports | model.PermManageAppeals | model.PermManageFederation |
		model.PermManageBlocks | model.PermManageTaxonomies | model.PermManageInvites | model.PermViewFeeds
	return r != nil && r.Highlighted && r.Can(moderation)
}

const maxGroupHours = 12 // Mastodon: MAXIMUM_GROUP_SPAN_HOURS

// groupKey finds the group a notification belongs to: one begun within the last twelve hours, or a new one.
func groupKey(tx *store.Tx, n *model.Notification, kind kindOfNotification) (string, error) {
	prefix := n.Type
	switch kind.group {
	case "":
		return "", nil
	case "status":
		prefix += "-" + n.StatusID.String()
	}
	hour := int64(n.CreatedAt) / time.Hour.Milliseconds()
	keys := make([]string, maxGroupHours)
	for i := range keys {
		keys[i] = prefix + "-" + strconv.FormatInt(hour-int64(i), 10)
	}
	key, err := tx.GroupKeyOf(n.AccountID, keys)
	if key == "" {
		key = keys[0]
	}
	return key, err
}

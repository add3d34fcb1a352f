package social

import (
	"context"
	"fmt"
	"html"
	"slices"
	"strings"
	"time"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
	"gomphothere/internal/text"
)

const (
	// What comes within this time after the first becomes one mail.
	digestDelay = 5 * time.Minute
	// Nobody gets more than one mail about notifications in this time.
	digestEvery = time.Hour
	// Times of use are kept to the hour: who was not seen for longer is away.
	away = usedEvery + 15*time.Minute
	// When the server has sent its share of an hour.
	digestPause = 10 * time.Minute

	digestReads = 100 // notifications looked at for one mail
	digestLines = 20  // told one by one
	digestWords = 140 // characters of a post
)

// mailOf lets a mail tell of a notification, unless its owner does not want that. Mastodon mails whoever has no open
// stream and no push subscription, a mail each; here one mail tells of all that somebody missed while away.
func (s *Social) mailOf(tx *store.Tx, n *model.Notification, standing *store.Rapport) error {
	if !s.Site.MailsNotifications || !standing.Settings.Mails(n.Type) || standing.Pushes && !standing.Settings.AlwaysSendEmails {
		return nil
	}
	return tx.EnqueueOnce(n.AccountID.String(), digestDelay, model.MailNotifications{Account: n.AccountID})
}

// MailNotifications writes the mail about what somebody missed, or waits until they are away and their last mail is old
// enough. What they have read, or what came before they were last here, they have not missed.
func (s *Social) MailNotifications(ctx context.Context, job model.MailNotifications) error {
	secret, err := s.linkKey(ctx)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		me, err := tx.Account(job.Account)
		if model.IsNotFound(err) {
			return nil
		}
		if err != nil {
			return err
		}
		u, err := tx.UserOf(me.ID)
		if err != nil {
			return err
		}
		if !u.MayAct() || me.Suspended() {
			return nil
		}
		d, err := tx.Digest(me.ID)
		if err != nil {
			return err
		}
		missed, more, err := s.missed(tx, me, u, d)
		if err != nil || len(missed) == 0 {
			return err
		}
		again := func(t model.Time) error { return tx.EnqueueMoved(t, me.ID.String(), job) }
		if t := max(u.LastActiveAt.Add(away), d.SentAt.Add(digestEvery)); t > tx.Now() {
			return again(t)
		}
		sent, err := tx.DigestsSince(tx.Now().Add(-time.Hour))
		if err != nil {
			return err
		}
		if sent >= s.Site.MailsPerHour {
			return again(tx.Now().Add(digestPause))
		}
		d.ThroughID, d.SentAt = missed[0].ID, tx.Now()
		if err := tx.SetDigest(d); err != nil {
			return err
		}
		m := s.digest(u, missed, more, s.Site.Base+"/unsubscribe?token="+linkToken(secret, "mail", u.ID))
		m.ID, m.CreatedAt = tx.NewID(), tx.Now()
		if err := tx.AddMail(m); err != nil {
			return err
		}
		return tx.Enqueue(model.SendDigest{Mail: m.ID})
	})
}

// missed are the notifications, newest first, that somebody wants by mail and has not seen; more is how many there are
// beside.
func (s *Social) missed(tx *store.Tx, me *model.Account, u *model.User, d model.Digest) (list []*model.Notification, more int, err error) {
	types := slices.DeleteFunc(model.MailableTypes(), func(t string) bool { return !u.Settings.Mails(t) })
	subs, err := tx.PushSubscriptions(me.ID)
	if err != nil || len(types) == 0 || len(subs) > 0 && !u.Settings.AlwaysSendEmails {
		return nil, 0, err
	}
	read, err := tx.LastRead(me.ID, "notifications")
	if err != nil {
		return nil, 0, err
	}
	rel, err := tx.Relations(me.ID)
	if err != nil {
		return nil, 0, err
	}
	since := max(d.ThroughID, read, model.IDAt(u.LastActiveAt))
	rows, err := tx.Notifications(me.ID, store.NotificationFilter{Types: types}, nil, model.Page{SinceID: since, Limit: digestReads})
	if err != nil {
		return nil, 0, err
	}
	if list, err = hydrateNotifications(&tx.Q, rel, rows); err != nil {
		return nil, 0, err
	}
	if n := len(list); n > digestLines {
		list, more = list[:digestLines], n-digestLines
	}
	return list, more, nil
}

// digest is the mail itself.
func (s *Social) digest(u *model.User, list []*model.Notification, more int, stop string) *model.Mail {
	server := s.Site.Title
	if server == "" {
		server = s.Site.Domain
	}
	subject := Headline(list[0])
	if n := len(list) + more; n > 1 {
		subject = fmt.Sprintf("%d notifications on %s", n, server)
	}
	var plain, page strings.Builder
	page.WriteString(`<!doctype html><html lang="en"><meta charset="utf-8"><body style="font:16px/1.5 sans-serif;max-width:36em;margin:2em auto;padding:0 1em"><p>Since you were last here:</p>`)
	plain.WriteString("Since you were last here:\n\n")
	for _, n := range list {
		line, words, link := n.Line(n.From.Named()+" (@"+n.From.Acct()+")"), Excerpt(n), s.Site.Base+"/@"+n.From.Acct()
		if n.Status != nil && n.Status.URL != "" {
			link = n.Status.URL
		}
		plain.WriteString("* " + oneLine(line) + "\n")
		page.WriteString(`<p><a href="` + html.EscapeString(link) + `">` + html.EscapeString(line) + `</a>`)
		if words != "" {
			plain.WriteString("  “" + oneLine(words) + "”\n")
			page.WriteString(`<br>` + html.EscapeString(words))
		}
		plain.WriteString("  " + link + "\n\n")
		page.WriteString(`</p>`)
	}
	if more > 0 {
		rest := fmt.Sprintf("And %d more.", more)
		plain.WriteString(rest + "\n\n")
		page.WriteString("<p>" + rest + "</p>")
	}
	settings := s.Site.Base + "/settings/preferences/notifications"
	plain.WriteString("-- \n" + server + "\n" + s.Site.Base + "\n\nChoose what comes by mail: " + settings + "\nStop these mails: " + stop + "\n")
	page.WriteString(`<p style="font-size:.85em">` + html.EscapeString(server) + ` · <a href="` + html.EscapeString(settings) + `">Choose what comes by mail</a> · <a href="` +
		html.EscapeString(stop) + `">Stop these mails</a></p></body></html>`)
	return &model.Mail{To: u.Email, Subject: oneLine(subject), Text: plain.String(), HTML: page.String(), Unsubscribe: stop}
}

// Headline says in one line what happened; a display name of ours has 30 characters, a stranger's what they like.
func Headline(n *model.Notification) string {
	const most = 100 // characters
	return oneLine(text.Truncate(n.Line(n.From.Named()), most))
}

// Excerpt is the beginning of what a notification is about, as plain text: the content warning if there is one, else the
// post; of notifications about people what they say of themselves (Mastodon: Web::NotificationSerializer#body).
func Excerpt(n *model.Notification) string {
	words := n.From.Note
	if n.Status != nil {
		if words = n.Status.Content; n.Status.SpoilerText != "" {
			return text.Truncate(n.Status.SpoilerText, digestWords)
		}
	}
	return text.Truncate(text.Plain(words), digestWords)
}

// Unsubscriber finds whose mails a link stops.
func (s *Social) Unsubscriber(ctx context.Context, token string) (*model.User, error) {
	key, err := s.linkKey(ctx)
	if err != nil {
		return nil, err
	}
	id, err := linkID(key, "mail", token)
	if err != nil {
		return nil, err
	}
	return s.DB.Read(ctx).User(id)
}

// StopMails ends all mails about notifications, as a link in each of them asks, without signing in.
func (s *Social) StopMails(ctx context.Context, token string) error {
	u, err := s.Unsubscriber(ctx, token)
	if err != nil {
		return err
	}
	return s.SetMails(ctx, u.ID, nil, false)
}

// SetMails chooses which notifications come by mail, and whether also to who gets push messages.
func (s *Social) SetMails(ctx context.Context, user model.ID, types []string, always bool) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		u, err := tx.LockUser(user)
		if err != nil {
			return err
		}
		u.Settings.NotificationEmails, u.Settings.AlwaysSendEmails = nil, always
		for _, typ := range model.MailableTypes() {
			if on := slices.Contains(types, typ); on != model.MailedByDefault(typ) {
				if u.Settings.NotificationEmails == nil {
					u.Settings.NotificationEmails = map[string]bool{}
				}
				u.Settings.NotificationEmails[typ] = on
			}
		}
		return tx.SetUser(u)
	})
}

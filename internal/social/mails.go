package social

import (
	"context"
	"html"
	"strings"
	"time"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

// Mastodon: Devise confirm_within.
const confirmFor = 48 * time.Hour

// letter is a mail's text. {server}, {name} and {link} are filled in; a paragraph that is {link} alone becomes the
// button with the text Button.
type letter struct {
	Subject string
	Button  string
	Text    string
}

// letters by language and name. A language that lacks one gets the English.
// constant: Go has no constant maps
var letters = map[string]map[string]letter{
	"en": {
		"confirm": {"Confirm your address for {server}", "Confirm address", `Hello,

somebody, hopefully you, gave this address for an account on {server}. Please confirm that it is yours:

{link}

The link works for two days. If this was not you, do nothing, and nothing will happen.`},
		"reset": {"Set a new password for {server}", "Set a new password", `Hello,

somebody, hopefully you, asked for a new password on {server}. You can choose it here:

{link}

The link works for six hours. If this was not you, do nothing, and your password stays as it is.`},
		"welcome": {"Welcome to {server}", "Go to {server}", `Hello,

your account on {server} is ready. Sign in with the app of your choice, or on the web:

{link}`},
		"pending": {"Somebody asks to join {server}", "Go to {server}", `Hello,

{name} has signed up on {server} and waits for your approval.

{link}`},
		"password_changed": {"Your password on {server} was changed", "", `Hello,

the password of your account on {server} was just changed.

If this was not you, set a new password at once, and tell whoever runs the server.`},
		"email_changing": {"Your address on {server} is being changed", "", `Hello,

the address of your account on {server} is about to change. We have written to the new one; it counts once it is confirmed.

If this was not you, change your password at once, and tell whoever runs the server.`},
		"second_factor_on": {"Two-factor sign-in on {server} is on", "", `Hello,

signing in to your account on {server} now also takes a code from your authenticator app.

If this was not you, change your password at once, and tell whoever runs the server.`},
		"second_factor_off": {"Two-factor sign-in on {server} is off", "", `Hello,

signing in to your account on {server} takes no more code from an authenticator app.

If this was not you, change your password at once, and tell whoever runs the server.`},
		"recovery_codes": {"New recovery codes on {server}", "", `Hello,

new recovery codes were made for your account on {server}. The old ones work no more.

If this was not you, change your password at once, and tell whoever runs the server.`},
		"passkey_added": {"A passkey was added on {server}", "", `Hello,

a passkey was added to your account on {server}. It can be used to sign in.

If this was not you, change your password at once, remove the passkey, and tell whoever runs the server.`},
		"passkey_removed": {"A passkey was removed on {server}", "", `Hello,

a passkey of your account on {server} was removed. It cannot be used to sign in any more.

If this was not you, change your password at once, and tell whoever runs the server.`},
	},
}

// mail writes a letter into the outbox and enqueues its sending, in the caller's transaction.
func (s *Social) mail(tx *store.Tx, to, locale, name, link string) error {
	return s.mailNamed(tx, to, locale, name, link, "")
}

func (s *Social) mailNamed(tx *store.Tx, to, locale, name, link, who string) error {
	l, ok := letters[strings.ToLower(locale)][name]
	if !ok {
		l = letters["en"][name]
	}
	server := s.Site.Title
	if server == "" {
		server = s.Site.Domain
	}
	fill := strings.NewReplacer("{server}", server, "{name}", who, "{link}", link)
	m := &model.Mail{
		ID: tx.NewID(), To: to, Subject: oneLine(fill.Replace(l.Subject)), Text: fill.Replace(l.Text) + "\n\n-- \n" + server + "\n" + s.Site.Base + "\n",
		HTML: letterHTML(l, fill, link), CreatedAt: tx.Now(),
	}
	if err := tx.AddMail(m); err != nil {
		return err
	}
	return tx.Enqueue(model.SendMail{Mail: m.ID})
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// letterHTML is the same text for mail programs that show HTML: paragraphs and one button, nothing from elsewhere.
func letterHTML(l letter, fill *strings.Replacer, link string) string {
	var b strings.Builder
	b.WriteString(`<!doctype html><html lang="en"><meta charset="utf-8"><body style="font:16px/1.5 sans-serif;max-width:36em;margin:2em auto;padding:0 1em">`)
	for p := range strings.SplitSeq(l.Text, "\n\n") {
		if p == "{link}" {
			b.WriteString(`<p><a href="` + html.EscapeString(link) + `" style="display:inline-block;padding:.6em 1.2em;border-radius:.5em;background:#4a3aa7;color:#fff;text-decoration:none">` +
				html.EscapeString(fill.Replace(l.Button)) + `</a></p>`)
			continue
		}
		b.WriteString("<p>" + html.EscapeString(fill.Replace(p)) + "</p>")
	}
	b.WriteString("</body></html>")
	return b.String()
}

// mailConfirmation asks an address whether it is theirs.
func (s *Social) mailConfirmation(tx *store.Tx, u *model.User, email string) error {
	if err := tx.RemoveMailTokens(model.TokenConfirm, u.ID); err != nil {
		return err
	}
	secret := newSecret()
	if err := tx.AddMailToken(&model.MailToken{
		Hash: Hash(secret), Kind: model.TokenConfirm, UserID: u.ID, Email: email,
		ExpiresAt: tx.Now().Add(confirmFor), CreatedAt: tx.Now(),
	}); err != nil {
		return err
	}
	return s.mail(tx, email, u.Locale, "confirm", s.Site.Base+"/auth/confirmation?confirmation_token="+secret)
}

// mailWelcome greets somebody who may now act, and tells moderators.
func (s *Social) mailWelcome(tx *store.Tx, u *model.User) error {
	a, err := tx.Account(u.AccountID)
	if err != nil {
		return err
	}
	if err := s.tellModerators(tx, model.NotifyAdminSignUp, a, 0); err != nil {
		return err
	}
	return s.mail(tx, u.Email, u.Locale, "welcome", s.Site.Base+"/")
}

// mailPending tells those who may approve that somebody waits.
func (s *Social) mailPending(tx *store.Tx, u *model.User) error {
	a, err := tx.Account(u.AccountID)
	if err != nil {
		return err
	}
	staff, err := tx.StaffEmails()
	if err != nil {
		return err
	}
	const most = 20 // a server with more moderators has a rota
	for _, to := range staff[:min(len(staff), most)] {
		if err := s.mailNamed(tx, to, "en", "pending", s.Site.Base+"/", "@"+a.Username); err != nil {
			return err
		}
	}
	return nil
}

// MailSent notes that the mail server took a mail.
func (s *Social) MailSent(ctx context.Context, id model.ID) error {
	return s.DB.Write(ctx, func(tx *store.Tx) error { return tx.SetMailSent(id) })
}

// MailFailed notes why a mail could not be handed over yet.
func (s *Social) MailFailed(ctx context.Context, id model.ID, why string) error {
	const most = 500 // characters; mail servers can be wordy
	return s.DB.Write(ctx, func(tx *store.Tx) error { return tx.SetMailFailed(id, why[:min(len(why), most)]) })
}

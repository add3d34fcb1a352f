// Package notify sends what waits to be told to people outside: mails, and messages to their phones.
package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/wneessen/go-mail"

	"gomphothere/internal/model"
	"gomphothere/internal/social"
)

// SMTP is how to reach the server that takes our mails.
type SMTP struct {
	Host     string // "": none, mails wait in the outbox
	Port     int
	Security string // starttls, tls or none
	Username string
	Password string
	From     string // with or without a name
}

// Mailer hands mails over.
type Mailer struct {
	Social *social.Social
	SMTP   SMTP
	Log    *slog.Logger
}

// smtpPatience bounds one conversation with the mail server, which may look at the message while we wait.
const smtpPatience = 45 * time.Second

// Send is the job that hands one mail to the mail server. It may run twice: a mail that was taken is not sent again,
// and one whose fate is unknown carries the same Message-ID, so that its receiver sees it once. Without a mail server
// the mail stays in the outbox.
func (m *Mailer) Send(ctx context.Context, job model.SendMail) error {
	letter, err := m.Social.DB.Read(ctx).Mail(job.Mail)
	if model.IsNotFound(err) || err == nil && letter.SentAt != 0 {
		return nil
	}
	if err != nil || m.SMTP.Host == "" {
		return err
	}
	if err := m.hand(ctx, letter); err != nil {
		m.Log.WarnContext(ctx, "a mail was not taken", "mail", letter.ID, "error", err)
		return errors.Join(m.Social.MailFailed(ctx, letter.ID, err.Error()), kind(err))
	}
	return m.Social.MailSent(ctx, letter.ID)
}

// SendDigest is Send for mails about notifications.
func (m *Mailer) SendDigest(ctx context.Context, job model.SendDigest) error {
	return m.Send(ctx, model.SendMail(job))
}

// kind tells what a later attempt may cure from what it cannot.
func kind(err error) error {
	var refused *mail.SendError
	if errors.As(err, &refused) && !refused.IsTemp() && refused.ErrorCode() >= 500 {
		return &model.Error{Kind: model.KindInvalid, Text: "The mail server refused the mail", Cause: err}
	}
	return model.Unavailable("The mail server did not take the mail", err)
}

func (m *Mailer) hand(ctx context.Context, letter *model.Mail) error {
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if err := msg.From(m.SMTP.From); err != nil {
		return fmt.Errorf("sender %q: %w", m.SMTP.From, err)
	}
	if err := msg.To(letter.To); err != nil {
		return &model.Error{Kind: model.KindInvalid, Text: "The address cannot be written to", Cause: err}
	}
	msg.Subject(letter.Subject)
	msg.SetDateWithValue(letter.CreatedAt.Std())
	msg.SetMessageIDWithValue(letter.ID.String() + "@" + m.Social.Site.Domain)
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: nobody's out-of-office answers
	if letter.Unsubscribe != "" {                        // RFC 2369, RFC 8058
		msg.SetGenHeader("List-Unsubscribe", "<"+letter.Unsubscribe+">")
		msg.SetGenHeader("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
	}
	msg.SetBodyString(mail.TypeTextPlain, letter.Text)
	if letter.HTML != "" {
		msg.AddAlternativeString(mail.TypeTextHTML, letter.HTML)
	}
	var conn net.Conn
	client, err := m.client(func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := (&net.Dialer{}).DialContext(ctx, network, address)
		conn = c
		return c, err
	})
	if err != nil {
		return err
	}
	err = client.DialAndSendWithContext(ctx, msg)
	if conn != nil {
		_ = conn.Close() // closed already when all went well; the library forgets to when encryption or sign-in fails
	}
	return err
}

func (m *Mailer) client(dial mail.DialContextFunc) (*mail.Client, error) {
	options := []mail.Option{mail.WithTimeout(smtpPatience), mail.WithPort(m.SMTP.Port)}
	if m.SMTP.Security != "tls" { // with TLS from the first byte the library must dial itself to know that it is safe
		options = append(options, mail.WithDialContextFunc(dial))
	}
	switch m.SMTP.Security {
	case "tls":
		options = append(options, mail.WithSSL())
	case "none":
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	default:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if m.SMTP.Username != "" {
		auth := mail.SMTPAuthAutoDiscover
		if m.SMTP.Security == "none" {
			auth = mail.SMTPAuthPlainNoEnc // the owner chose a connection that is not encrypted
		}
		options = append(options, mail.WithSMTPAuth(auth), mail.WithUsername(m.SMTP.Username), mail.WithPassword(m.SMTP.Password))
	}
	return mail.NewClient(m.SMTP.Host, options...)
}

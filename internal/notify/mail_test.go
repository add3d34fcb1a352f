package notify_test

import (
	"bufio"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"

	"gomphothere/internal/model"
	"gomphothere/internal/notify"
	"gomphothere/internal/social"
	"gomphothere/internal/store"
)

// post is a mail server of a few lines: it keeps what it takes and refuses what it is told to.
type post struct {
	port   int
	mu     sync.Mutex
	taken  []string
	answer string // to RCPT
}

func newPost(t *testing.T) *post {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &post{port: l.Addr().(*net.TCPAddr).Port, answer: "250 ok"}
	var conns sync.WaitGroup
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			conns.Go(func() { p.talk(c) })
		}
	}()
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		<-done
		conns.Wait()
	})
	return p
}

func (p *post) talk(c net.Conn) {
	defer c.Close()
	in := bufio.NewScanner(c)
	fmt.Fprint(c, "220 post\r\n")
	var data *strings.Builder
	for in.Scan() {
		line := in.Text()
		if data != nil {
			if line != "." {
				data.WriteString(line + "\n")
				continue
			}
			p.mu.Lock()
			p.taken = append(p.taken, data.String())
			p.mu.Unlock()
			data = nil
			fmt.Fprint(c, "250 taken\r\n")
			continue
		}
		verb := strings.ToUpper(strings.Fields(line + " ?")[0])
		switch verb {
		case "EHLO":
			fmt.Fprint(c, "250-post\r\n250 8BITMIME\r\n")
		case "RCPT":
			p.mu.Lock()
			fmt.Fprint(c, p.answer+"\r\n")
			p.mu.Unlock()
		case "DATA":
			data = &strings.Builder{}
			fmt.Fprint(c, "354 go on\r\n")
		case "QUIT":
			fmt.Fprint(c, "221 bye\r\n")
			return
		default:
			fmt.Fprint(c, "250 ok\r\n")
		}
	}
}

func (p *post) answers(a string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer = a
}

func (p *post) got() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string{}, p.taken...)
}

// waiting makes a server with one mail in its outbox.
func waiting(t *testing.T, smtp notify.SMTP) (*notify.Mailer, *model.Mail) {
	t.Helper()
	db, err := store.Open(t.Context(), store.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	s := social.New(db, model.Site{Domain: "example.org", Base: "https://example.org", Title: "Éxample", Registrations: "open"})
	if _, err := s.SignUp(t.Context(), social.NewUser{Username: "ada", Email: "ada@example.com", Password: "long enough", Agreement: true}); err != nil {
		t.Fatal(err)
	}
	return &notify.Mailer{Social: s, SMTP: smtp, Log: slog.New(slog.DiscardHandler)}, outbox(t, s)
}

func outbox(t *testing.T, s *social.Social) *model.Mail {
	t.Helper()
	mails, err := s.DB.Read(t.Context()).Outbox(model.Page{Limit: 10})
	if err != nil || len(mails) != 1 {
		t.Fatalf("got %d mails, %v", len(mails), err)
	}
	return mails[0]
}

func TestAMailIsSentOnceAndItsSecretForgotten(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	m, letter := waiting(t, notify.SMTP{Host: "127.0.0.1", Port: p.port, Security: "none", From: "Example <notifications@example.org>"})
	for range 2 {
		if err := m.Send(t.Context(), model.SendMail{Mail: letter.ID}); err != nil {
			t.Fatal(err)
		}
	}
	got := p.got()
	if len(got) != 1 {
		t.Fatalf("the mail server got %d mails, want 1", len(got))
	}
	for _, want := range []string{"To: <ada@example.com>", "From: \"Example\" <notifications@example.org>", "Auto-Submitted: auto-generated",
		"Message-ID: <" + letter.ID.String() + "@example.org>", "text/plain", "text/html", "confirmation_token"} {
		if !strings.Contains(got[0], want) {
			t.Errorf("%q is not in\n%s", want, got[0])
		}
	}
	if after := outbox(t, m.Social); after.SentAt == 0 || after.Text != "" || after.HTML != "" {
		t.Errorf("afterwards the outbox has %+v", after)
	}
}

func TestWithoutAMailServerTheMailWaits(t *testing.T) {
	t.Parallel()
	m, letter := waiting(t, notify.SMTP{})
	if err := m.Send(t.Context(), model.SendMail{Mail: letter.ID}); err != nil {
		t.Fatal(err)
	}
	if after := outbox(t, m.Social); after.SentAt != 0 || !strings.Contains(after.Text, "/auth/confirmation?confirmation_token=") {
		t.Errorf("got %+v", after)
	}
}

func TestARefusedMailIsTriedAgainOnlyIfThatCanHelp(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	m, letter := waiting(t, notify.SMTP{Host: "127.0.0.1", Port: p.port, Security: "none", From: "notifications@example.org"})
	for _, c := range []struct {
		answer string
		kind   model.Kind
	}{
		{"451 come back later", model.KindUnavailable},
		{"550 nobody of that name", model.KindInvalid},
	} {
		p.answers(c.answer)
		if err := m.Send(t.Context(), model.SendMail{Mail: letter.ID}); model.KindOf(err) != c.kind {
			t.Errorf("after %q: got %v, want kind %d", c.answer, err, c.kind)
		}
		if after := outbox(t, m.Social); after.SentAt != 0 || !strings.Contains(after.Error, c.answer[4:]) {
			t.Errorf("after %q the outbox says %q", c.answer, after.Error)
		}
	}
	p.answers("250 ok")
	if err := m.Send(t.Context(), model.SendMail{Mail: letter.ID}); err != nil || outbox(t, m.Social).SentAt == 0 {
		t.Errorf("got %v", err)
	}
}

func TestAMailServerWithoutEncryptionIsNotTrustedUnlessTold(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	m, letter := waiting(t, notify.SMTP{Host: "127.0.0.1", Port: p.port, Security: "starttls", From: "notifications@example.org"})
	if err := m.Send(t.Context(), model.SendMail{Mail: letter.ID}); model.KindOf(err) != model.KindUnavailable {
		t.Errorf("got %v", err)
	}
	if n := len(p.got()); n != 0 {
		t.Errorf("the mail server got %d mails", n)
	}
}

package notify_test

import (
	"strings"
	"testing"

	"gomphothere/internal/model"
	"gomphothere/internal/notify"
	"gomphothere/internal/store"
)

func TestAMailAboutNotificationsCanBeStoppedWithOneClickAndOneAboutSafetyCannot(t *testing.T) {
	t.Parallel()
	p := newPost(t)
	m, safety := waiting(t, notify.SMTP{Host: "127.0.0.1", Port: p.port, Security: "none", From: "Example <notifications@example.org>"})
	var digest model.ID
	if err := m.Social.DB.Write(t.Context(), func(tx *store.Tx) error {
		digest = tx.NewID()
		return tx.AddMail(&model.Mail{ID: digest, To: "ada@example.com", Subject: "Bob mentioned you", Text: "hi", HTML: "<p>hi</p>",
			Unsubscribe: "https://example.org/unsubscribe?token=1.abc", CreatedAt: tx.Now()})
	}); err != nil {
		t.Fatal(err)
	}
	if err := m.SendDigest(t.Context(), model.SendDigest{Mail: digest}); err != nil {
		t.Fatal(err)
	}
	if err := m.Send(t.Context(), model.SendMail{Mail: safety.ID}); err != nil {
		t.Fatal(err)
	}
	got := p.got()
	if len(got) != 2 {
		t.Fatalf("%d mails", len(got))
	}
	head := strings.ReplaceAll(got[0], "\n ", " ") // long headers are folded
	for _, want := range []string{"List-Unsubscribe: <https://example.org/unsubscribe?token=1.abc>", "List-Unsubscribe-Post: List-Unsubscribe=One-Click", "text/plain", "text/html"} {
		if !strings.Contains(head, want) {
			t.Errorf("%q is not in\n%s", want, got[0])
		}
	}
	if strings.Contains(got[1], "List-Unsubscribe") {
		t.Errorf("a mail about safety can be stopped:\n%s", got[1])
	}
}

package oauth_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"gomphothere/internal/model"
	"gomphothere/internal/social"
)

// digest lets somebody be mentioned while away, and gives the mail's link that stops such mails.
func digest(w *world, u *model.User) string {
	w.t.Helper()
	other := w.person("other")
	a, err := w.Social.DB.Read(w.t.Context()).Account(other.AccountID)
	if err != nil {
		w.t.Fatal(err)
	}
	me, err := w.Social.DB.Read(w.t.Context()).Account(u.AccountID)
	if err != nil {
		w.t.Fatal(err)
	}
	w.pass(2 * time.Hour)
	if _, err := w.Social.Post(w.t.Context(), a, social.Draft{Text: "@" + me.Username + " hi"}); err != nil {
		w.t.Fatal(err)
	}
	w.pass(2 * time.Hour)
	if err := w.Social.MailNotifications(w.t.Context(), model.MailNotifications{Account: u.AccountID}); err != nil {
		w.t.Fatal(err)
	}
	mails, err := w.Social.DB.Read(w.t.Context()).Outbox(model.Page{Limit: 1})
	if err != nil || mails[0].Unsubscribe == "" {
		w.t.Fatalf("no mail: %v %v", mails, err)
	}
	return mails[0].Unsubscribe
}

func mailing(s *model.Site) {
	s.MailsNotifications, s.MailsPerHour, s.MaxCharacters = true, 10, 500
}

func TestAMailProgramStopsMailsWithOneClickAndNoOneSignedIn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		u := w.person("ada")
		link := digest(w, u)
		res, err := http.Get(link)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		wants := func() bool {
			now, err := w.Social.DB.Read(t.Context()).User(u.ID)
			if err != nil {
				t.Fatal(err)
			}
			return now.Settings.Mails(model.NotifyMention)
		}
		if res.StatusCode != 200 || !wants() {
			t.Fatalf("opening the link: %s, mails are stopped: %v", res.Status, !wants())
		}
		if res, err = http.PostForm(link+"x", url.Values{"List-Unsubscribe": {"One-Click"}}); err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode < 400 || !wants() {
			t.Errorf("a wrong link: %s, mails are stopped: %v", res.Status, !wants())
		}
		if res, err = http.PostForm(link, url.Values{"List-Unsubscribe": {"One-Click"}}); err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != 200 || wants() {
			t.Errorf("the right link: %s, mails are stopped: %v", res.Status, !wants())
		}
	}, mailing)
}

func TestPeopleChooseOnAPageWhatComesByMail(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		u := w.person("ada")
		b := w.browser()
		b.signIn("ada").get("/settings/preferences/notifications").shows(200, "Somebody mentions me")
		b.send("/settings/preferences/notifications", "types", "favourite", "always", "1").shows(200, "Saved.")
		now, err := w.Social.DB.Read(t.Context()).User(u.ID)
		if err != nil {
			t.Fatal(err)
		}
		if now.Settings.Mails(model.NotifyMention) || !now.Settings.Mails(model.NotifyFavourite) || !now.Settings.AlwaysSendEmails {
			t.Errorf("kept: %+v", now.Settings)
		}
		if strings.Contains(b.get("/settings/preferences/notifications").body, "files a report") {
			t.Error("somebody without the right to see reports is offered mails about them")
		}
	}, mailing)
}

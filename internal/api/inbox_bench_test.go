package api_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"testing"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
	"gomphothere/internal/testkit"
)

// BenchmarkNotifications is GET /api/v1/notifications?limit=40 through the whole door, without sockets, among 100,000
// statuses and 50,000 notifications. The budget is 0.37 ms of CPU, a fifth of GoToSocial's 1.85.
func BenchmarkNotifications(b *testing.B) {
	s := testkit.NewServer(b, "", nil)
	alice := s.Person("alice")
	const statuses, notifications = 100_000, 50_000
	var authors []*testkit.User
	for i := range 50 {
		authors = append(authors, s.Person(fmt.Sprintf("author%d", i)))
	}
	const batch = 1000
	for n := 0; n < statuses; n += batch {
		if err := s.DB.Write(context.Background(), func(tx *store.Tx) error {
			for i := n; i < n+batch; i++ {
				from := authors[i%len(authors)].Account
				id := tx.NewID()
				st := &model.Status{
					ID: id, AccountID: from.ID, URI: "https://example.org/s/" + id.String(), Local: true, Content: "<p>Hello there, number</p>",
					Text: "Hello there, number", Visibility: model.Public, Language: "en", CreatedAt: tx.Now(),
				}
				if err := tx.AddStatus(st); err != nil {
					return err
				}
				if i%(statuses/notifications) != 0 {
					continue
				}
				if _, err := tx.AddNotification(&model.Notification{
					ID: tx.NewID(), AccountID: alice.Account.ID, FromID: from.ID, Type: model.NotifyMention, StatusID: id, CreatedAt: tx.Now(),
				}); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			b.Fatal(err)
		}
	}
	h := s.Handler()
	for _, path := range []string{"/api/v1/notifications?limit=40", "/api/v2/notifications?limit=40", "/api/v2/instance"} {
		b.Run(path, func(b *testing.B) {
			for b.Loop() {
				r := httptest.NewRequest("GET", path, nil)
				r.Header.Set("Authorization", "Bearer "+alice.Token)
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r)
				if w.Code != 200 {
					b.Fatal(w.Code, w.Body)
				}
			}
		})
	}
}

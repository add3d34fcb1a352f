package entity_test

import (
	"encoding/json"
	"testing"

	"gomphothere/internal/model"
)

// page is a home page: twenty statuses, some shared, some with media or a poll, one with a quote.
func page() []*model.Status {
	authors := []*model.Account{alice(), bob()}
	out := make([]*model.Status, 20)
	for i := range out {
		s := plain(model.ID(1000+i), authors[i%2])
		s.Content = "<p>A status of ordinary length, which says something about the weather and the hills, and asks how you are.</p>"
		switch i % 5 {
		case 1:
			s.Media = []model.MediaAttachment{picture()}
		case 2:
			s = sharing(s.ID, authors[0], plain(model.ID(2000+i), authors[1]))
		case 3:
			s.Tags = []model.Tag{tag()}
			s.Mentions = post().Mentions
		}
		out[i] = s
	}
	out[4] = post()
	out[4].Poll.Options[1] = "two" // emoji in a poll's answers are rare, and cost
	out[9] = quoting(3000, authors[0], plain(3001, authors[1]))
	return out
}

// TestWhatIsKeptCostsNoMemory: drawing again allocates nothing but the answer itself. (Not parallel: it counts.)
func TestWhatIsKeptCostsNoMemory(t *testing.T) {
	d, list, v := drawer(), page(), viewerOf(alice())
	accounts := []*model.Account{alice(), bob()}
	notices := []*model.Notification{{ID: 1, Type: model.NotifyMention, From: bob(), Status: post(), CreatedAt: now}}
	notices[0].Status.Poll = nil
	talks := []*model.Conversation{{ID: 1, Participants: accounts, LastStatus: list[0]}}
	for name, draw := range map[string]func(dst []byte) []byte{
		"statuses":      func(dst []byte) []byte { return d.AppendStatuses(dst, list, v) },
		"for a visitor": func(dst []byte) []byte { return d.AppendStatuses(dst, list, nil) },
		"accounts":      func(dst []byte) []byte { return d.AppendAccounts(dst, accounts) },
		"notifications": func(dst []byte) []byte { return d.AppendNotifications(dst, notices, v) },
		"conversations": func(dst []byte) []byte { return d.AppendConversations(dst, talks, v) },
	} {
		dst := draw(nil)
		if n := testing.AllocsPerRun(20, func() { dst = draw(dst[:0]) }); n != 0 {
			t.Errorf("%s: got %v allocations, want none", name, n)
		}
	}
}

func BenchmarkPageOfTwentyKept(b *testing.B) {
	d, list, v := drawer(), page(), viewerOf(alice())
	v.Marks = map[model.ID]model.Marks{1000: model.Favourited, 1003: model.Bookmarked}
	dst := d.AppendStatuses(nil, list, v)
	b.SetBytes(int64(len(dst)))
	b.ReportAllocs()
	for b.Loop() {
		dst = d.AppendStatuses(dst[:0], list, v)
	}
}

func BenchmarkPageOfTwentyNew(b *testing.B) {
	d, list, v := drawer(), page(), viewerOf(alice())
	dst := d.AppendStatuses(nil, list, v)
	b.ReportAllocs()
	for b.Loop() {
		for _, s := range list {
			for s != nil {
				s.Drawn, s.Account.Drawn = &model.Slot{}, &model.Slot{}
				s = s.Reblog
			}
		}
		dst = d.AppendStatuses(dst[:0], list, v)
	}
}

func BenchmarkPageOfTwentyAsStructs(b *testing.B) {
	d, list, v := drawer(), page(), viewerOf(alice())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := json.Marshal(d.Statuses(list, v)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAccountKept(b *testing.B) {
	d, a := drawer(), alice()
	dst := d.AppendAccount(nil, a)
	b.ReportAllocs()
	for b.Loop() {
		dst = d.AppendAccount(dst[:0], a)
	}
}

func BenchmarkAccountNew(b *testing.B) {
	d, a := drawer(), alice()
	a.Drawn = nil
	dst := d.AppendAccount(nil, a)
	b.ReportAllocs()
	for b.Loop() {
		dst = d.AppendAccount(dst[:0], a)
	}
}

func BenchmarkStatusNew(b *testing.B) {
	d, s, v := drawer(), post(), viewerOf(alice())
	s.Drawn = nil
	dst := d.AppendStatus(nil, s, v)
	b.ReportAllocs()
	for b.Loop() {
		dst = d.AppendStatus(dst[:0], s, v)
	}
}

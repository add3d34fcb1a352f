package social_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"gomphothere/internal/model"
	"gomphothere/internal/social"
	"gomphothere/internal/store"
	"gomphothere/internal/testkit"
)

// town is 1,000 people, 200 follows of the reader and 100,000 statuses: one in ten tagged, one in five a reply, one in
// ten private; the reader has a list of 200.
type town struct {
	db     *store.DB
	s      *social.Social
	reader *model.Account
	busy   *model.Account // wrote 20,000, all but 100 of them direct or replies
	list   model.ID
}

const (
	townPeople   = 1000
	townStatuses = 100_000
)

func newTown(b *testing.B) *town {
	b.Helper()
	db := testkit.Open(b, store.Options{Dir: b.TempDir()})
	w := &town{db: db, s: testkit.World(b, db)}
	w.reader, w.busy = testkit.Person(b, db, "reader"), testkit.Person(b, db, "busy")
	r := rand.New(rand.NewPCG(1, 2))
	var people []*model.Account
	words := make([]string, 5000)
	for i := range words {
		words[i] = fmt.Sprintf("wort%d", i)
	}
	zipf := rand.NewZipf(r, 1.2, 3, uint64(len(words)-1))
	text := func() string {
		var t strings.Builder
		for range 30 {
			t.WriteString(words[zipf.Uint64()] + " ")
		}
		return t.String()
	}
	do := func(f func(tx *store.Tx) error) {
		if err := db.Write(context.Background(), f); err != nil {
			b.Fatal(err)
		}
	}
	do(func(tx *store.Tx) error {
		for i := range townPeople {
			id := tx.NewID()
			name := fmt.Sprintf("person%d", i)
			a := &model.Account{ID: id, Username: name, DisplayName: "Person " + words[i], URI: "https://example.org/" + name, Discoverable: true, Indexable: i%2 == 0, CreatedAt: tx.Now(), UpdatedAt: tx.Now()}
			if err := tx.AddAccount(a); err != nil {
				return err
			}
			people = append(people, a)
		}
		w.list = tx.NewID()
		l := &model.List{ID: w.list, AccountID: w.reader.ID, Title: "l", RepliesPolicy: "list", CreatedAt: tx.Now()}
		if err := tx.AddList(l); err != nil {
			return err
		}
		for _, a := range people[:200] {
			if err := tx.AddFollow(&model.Follow{ID: tx.NewID(), AccountID: w.reader.ID, TargetID: a.ID, ShowReblogs: true, CreatedAt: tx.Now()}); err != nil {
				return err
			}
			if _, err := tx.AddToList(l, a.ID); err != nil {
				return err
			}
		}
		for _, a := range people {
			for range 20 {
				if err := tx.AddFollow(&model.Follow{ID: tx.NewID(), AccountID: a.ID, TargetID: people[r.IntN(townPeople)].ID, CreatedAt: tx.Now()}); err != nil {
					return err
				}
			}
		}
		return nil
	})
	var tag model.Tag
	do(func(tx *store.Tx) error {
		tags, err := tx.TagsNamed(map[string]string{"tag": "tag"})
		if err == nil {
			tag = tags[0]
		}
		return err
	})
	var last *model.Status
	add := func(tx *store.Tx, who *model.Account, st model.Status) error {
		st.ID, st.AccountID, st.Local, st.CreatedAt, st.Text, st.Language = tx.NewID(), who.ID, true, tx.Now(), text(), "de"
		st.URI = "https://example.org/" + st.ID.String()
		st.ConversationID = st.ID
		if st.IsReply {
			st.InReplyToID, st.InReplyToAccountID = last.ID, last.AccountID
		}
		last = &st
		return tx.AddStatus(&st)
	}
	for n := 0; n < townStatuses; {
		do(func(tx *store.Tx) error {
			for range 1000 {
				n++
				st := model.Status{Visibility: model.Public, IsReply: n%5 == 0 && last != nil}
				who := people[r.IntN(townPeople)]
				if n%5 == 1 {
					who = w.busy
					st.Visibility, st.IsReply = model.Direct, false
					if n%10 == 1 {
						st.Visibility, st.IsReply = model.Public, last != nil
					}
					if n%1000 == 1 {
						st.IsReply = false
					}
				} else if n%10 == 3 {
					st.Visibility = model.Private
				}
				if n%10 == 7 {
					st.Tags = []model.Tag{tag}
				}
				if err := add(tx, who, st); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return w
}

// BenchmarkReads times what a reader asks of 100,000 statuses, without drawing.
func BenchmarkReads(b *testing.B) {
	build := sync.OnceValue(func() *town { return newTown(b) })
	ctx := context.Background()
	p := model.Page{Limit: 20}
	search := func(text, typ string) func(*town) (int, error) {
		return func(w *town) (int, error) {
			f, err := w.s.Search(ctx, w.reader, social.Search{Text: text, Type: typ, Page: p})
			if err != nil {
				return 0, err
			}
			return len(f.Accounts) + len(f.Statuses) + len(f.Tags), nil
		}
	}
	for _, c := range []struct {
		name string
		read func(*town) (int, error)
	}{
		{"public", func(w *town) (int, error) {
			l, err := w.s.Public(ctx, w.reader, store.PublicFilter{}, p)
			return len(l), err
		}},
		{"tag", func(w *town) (int, error) {
			l, err := w.s.Tagged(ctx, w.reader, social.TagQuery{Name: "tag"}, p)
			return len(l), err
		}},
		{"list", func(w *town) (int, error) {
			l, err := w.s.Listed(ctx, w.reader, w.list, p)
			return len(l), err
		}},
		{"account", func(w *town) (int, error) {
			l, err := w.s.AccountStatuses(ctx, w.reader, store.AccountFilter{Account: w.busy.ID}, "", p)
			return len(l), err
		}},
		{"account-hidden", func(w *town) (int, error) {
			l, err := w.s.AccountStatuses(ctx, w.reader, store.AccountFilter{Account: w.busy.ID, ExcludeReplies: true}, "", p)
			return len(l), err
		}},
		{"account-media", func(w *town) (int, error) {
			l, err := w.s.AccountStatuses(ctx, w.reader, store.AccountFilter{Account: w.busy.ID, OnlyMedia: true}, "", p)
			return len(l) + 1, err // nothing: the whole of the account's index is read
		}},
		{"search-rare", search("wort4321", "statuses")},
		{"search-common", search("wort0", "statuses")},
		{"search-two", search("wort0 wort1 -wort2", "statuses")},
		{"search-library", search("wort0 in:library has:poll -wort1", "statuses")},
		{"search-accounts", search("person wort7", "accounts")},
		{"search-letter", search("p", "accounts")},
		{"suggestions", func(w *town) (int, error) {
			l, err := w.s.Suggestions(ctx, w.reader, p)
			return len(l), err
		}},
		{"directory", func(w *town) (int, error) {
			l, err := w.s.Directory(ctx, w.reader, false, true, p)
			return len(l), err
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			w := build()
			n, err := c.read(w)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, err := c.read(w); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(n), "rows")
		})
	}
}

// BenchmarkPost times a post with its words in the index, one at a time.
func BenchmarkPost(b *testing.B) {
	db := testkit.Open(b, store.Options{Dir: b.TempDir()})
	s, ann := testkit.World(b, db), testkit.Person(b, db, "ann")
	text := strings.Repeat("some words that people write #tag ", 8)
	began := cpu(b)
	for b.Loop() {
		if _, err := s.Post(context.Background(), ann, social.Draft{Text: text}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((cpu(b)-began).Microseconds())/float64(b.N), "cpu-µs/op")
}

// cpu is what the process has used, waiting for the disk not counted.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkKnowStatus times statuses of other servers from a Note read to its commit: 64 at once, as an inbox brings
// them, by 200 authors; a third answer another, a third have two tags, a fifth name one of ours, a tenth have a picture.
func BenchmarkKnowStatus(b *testing.B) {
	const callers, authors = 64, 200
	ctx := context.Background()
	db := testkit.Open(b, store.Options{Dir: b.TempDir()})
	s, ann := testkit.World(b, db), testkit.Person(b, db, "ann")
	people := make([]*model.Account, authors)
	for i := range people {
		people[i] = remotePerson(b, db, fmt.Sprintf("p%d", i), fmt.Sprintf("s%d.example", i%50))
	}
	body := "<p>" + strings.Repeat("some words that people write, and ", 6) + `<a href="https://page.example/a">a link</a></p>`
	var n, newest atomic.Int64
	before, began := db.Statements(), cpu(b)
	b.SetParallelism(callers / runtime.GOMAXPROCS(0))
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			i := n.Add(1)
			a := people[i%authors]
			r := social.RemoteStatus{
				URI: fmt.Sprintf("%s/statuses/%d", a.URI, i), Content: body, Language: "en", Visibility: model.Public,
				CreatedAt: model.At(time.Now().Add(-3 * time.Second).Truncate(time.Second)),
			}
			if last := newest.Load(); i%3 == 0 && last != 0 {
				r.InReplyToURI = fmt.Sprintf("%s/statuses/%d", people[last%authors].URI, last)
			}
			if i%3 == 1 {
				r.Tags = []string{"tapir", fmt.Sprintf("tag%d", i%100)}
			}
			if i%5 == 0 {
				r.Mentions = []model.Mention{{AccountID: ann.ID}}
			}
			if i%10 == 0 {
				r.Media = []model.MediaAttachment{{RemoteURL: r.URI + "/file", ContentType: "image/png", Description: "a picture", Blurhash: "LEHV6nWB2yk8pyo0adR*.7kCMdnj"}}
			}
			if _, _, err := s.KnowStatus(ctx, a, r); err != nil {
				b.Error(err)
				return
			}
			newest.Store(i)
		}
	})
	b.ReportMetric(float64((cpu(b)-began).Microseconds())/float64(b.N), "cpu-µs/op")
	b.ReportMetric(float64(db.Statements()-before)/float64(b.N), "statements/op")
}

// remotePerson is somebody of another server.
func remotePerson(t testing.TB, db *store.DB, name, domain string) *model.Account {
	t.Helper()
	var a *model.Account
	if err := db.Write(context.Background(), func(tx *store.Tx) error {
		uri := "https://" + domain + "/users/" + name
		a = &model.Account{
			ID: tx.NewID(), Username: name, Domain: domain, URI: uri, URL: "https://" + domain + "/@" + name, ActorType: "Person",
			InboxURL: uri + "/inbox", SharedInboxURL: "https://" + domain + "/inbox", CreatedAt: tx.Now(), UpdatedAt: tx.Now(), FetchedAt: tx.Now(),
		}
		return tx.AddAccount(a)
	}); err != nil {
		t.Fatal(err)
	}
	return a
}

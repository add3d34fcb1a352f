package drill

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
	"gomphothere/internal/testkit"
)

// The benchmarks of a whole server: the real binary in a process of its own, asked over HTTP on loopback by four
// clients that keep their connections. cpu-µs/op is the server process's alone, from /proc.

const (
	benchAccounts = 1000
	benchFollows  = 200
	benchClients  = 4
)

// benchStatuses is the size of the instance, BENCH_STATUSES or 100,000.
func benchStatuses() int {
	if n, err := strconv.Atoi(os.Getenv("BENCH_STATUSES")); err == nil {
		return n
	}
	return 100_000
}

// bench is a running server with data and tokens.
type bench struct {
	*server
	tokens   []string
	accounts []model.ID
	statuses []model.ID
}

func startBench(b *testing.B, statuses int) *bench {
	b.Helper()
	s := newServer(b, binary(b), "")
	out := &bench{server: s}
	out.seed(b, statuses)
	s.start()
	return out
}

// seed fills the data directory, or copies what an earlier run of the same kind made.
func (s *bench) seed(b *testing.B, statuses int) {
	b.Helper()
	ctx := context.Background()
	db, err := store.Open(ctx, store.Options{Dir: s.dir})
	if err != nil {
		b.Fatal(err)
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	write := func(f func(tx *store.Tx) error) {
		if err := db.Write(ctx, f); err != nil {
			b.Fatal(err)
		}
	}
	base := "http://" + s.listen
	write(func(tx *store.Tx) error {
		app := &model.App{ID: tx.NewID(), Name: "bench", RedirectURIs: []string{"urn:ietf:wg:oauth:2.0:oob"}, Scopes: "read write follow push", ClientID: "bench", SecretHash: "-", CreatedAt: tx.Now()}
		if err := tx.AddApp(app); err != nil {
			return err
		}
		for i := range benchAccounts {
			id := tx.NewID()
			name := fmt.Sprintf("user%d", i)
			uri := base + "/ap/users/" + id.String()
			a := &model.Account{ID: id, Username: name, DisplayName: "Person " + name, Note: "<p>One of a thousand.</p>", NoteText: "One of a thousand.", URI: uri, URL: base + "/@" + name,
				ActorType: "Person", InboxURL: uri + "/inbox", Discoverable: true, ShowMedia: true, ShowMediaReplies: true, ShowFeatured: true, CreatedAt: tx.Now(), UpdatedAt: tx.Now()}
			user := &model.User{ID: tx.NewID(), AccountID: id, Email: name + "@example.org", RoleID: model.RoleEveryone, Locale: "en", Approved: true, ConfirmedAt: tx.Now(), CreatedAt: tx.Now()}
			if _, err := tx.AddUser(a, user); err != nil {
				return err
			}
			token := "bench-token-" + name
			sum := sha256.Sum256([]byte(token))
			if err := tx.AddToken(&model.Token{ID: tx.NewID(), Hash: hex.EncodeToString(sum[:]), AppID: app.ID, UserID: user.ID, AccountID: id, Scopes: app.Scopes, CreatedAt: tx.Now()}, 100); err != nil {
				return err
			}
			s.tokens = append(s.tokens, token)
			s.accounts = append(s.accounts, id)
		}
		return nil
	})
	for i := 0; i < benchAccounts; i += 50 {
		write(func(tx *store.Tx) error {
			for a := i; a < i+50; a++ {
				for n := 1; n <= benchFollows; n++ {
					if err := tx.AddFollow(&model.Follow{ID: tx.NewID(), AccountID: s.accounts[a], TargetID: s.accounts[(a+n*4)%benchAccounts], ShowReblogs: true, CreatedAt: tx.Now()}); err != nil {
						return err
					}
				}
			}
			return nil
		})
	}
	const batch = 500
	for i := 0; i < statuses; i += batch {
		write(func(tx *store.Tx) error { return s.seedStatuses(tx, rnd, base, i, min(batch, statuses-i)) })
	}
	if err := db.Close(); err != nil {
		b.Fatal(err)
	}
}

// seedStatuses writes n statuses: a fifth replies, some with tags, favourites and notifications of them.
func (s *bench) seedStatuses(tx *store.Tx, rnd *rand.Rand, base string, from, n int) error {
	for i := from; i < from+n; i++ {
		author := rnd.IntN(benchAccounts)
		id := tx.NewID()
		body := fmt.Sprintf("Status number %d, of ordinary length, with some words that people write on an ordinary day about nothing in particular, and a little more of it.", i)
		st := &model.Status{ID: id, AccountID: s.accounts[author], URI: base + "/s/" + id.String(), URL: base + "/@user" + strconv.Itoa(author) + "/" + id.String(), Local: true,
			Text: body, Content: "<p>" + body + "</p>", Language: "en", Visibility: model.Public, CreatedAt: tx.Now(), ConversationID: id, QuotePolicy: model.QuotePublic << 16}
		if err := tx.AddConversation(id, 0, ""); err != nil {
			return err
		}
		if i%5 == 0 && len(s.statuses) > 0 {
			parent := s.statuses[len(s.statuses)-1-rnd.IntN(min(len(s.statuses), 50))]
			st.InReplyToID, st.IsReply = parent, true
			p, err := tx.StatusByID(parent)
			if err != nil {
				return err
			}
			st.InReplyToAccountID, st.ConversationID = p.AccountID, p.ConversationID
		}
		if i%10 == 0 {
			tags, err := tx.TagsNamed(map[string]string{"tag" + strconv.Itoa(rnd.IntN(50)): "Tag"})
			if err != nil {
				return err
			}
			st.Tags = tags
		}
		if err := tx.AddStatus(st); err != nil {
			return err
		}
		s.statuses = append(s.statuses, id)
		if i%2 == 0 {
			fan := s.accounts[rnd.IntN(benchAccounts)]
			if _, err := tx.AddFavourite(fan, id); err != nil {
				return err
			}
			if fan != st.AccountID {
				if _, err := tx.AddNotification(&model.Notification{ID: tx.NewID(), AccountID: st.AccountID, FromID: fan, Type: model.NotifyFavourite, StatusID: id, GroupKey: "favourite-" + id.String() + "-1", CreatedAt: tx.Now()}); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// cpu is the server process's time so far, user and system.
func (s *server) cpu(tb testing.TB) time.Duration {
	tb.Helper()
	b, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(s.cmd.Process.Pid), "stat"))
	if err != nil {
		tb.Fatal(err)
	}
	f := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
	user, _ := strconv.Atoi(f[11]) // the kernel writes numbers
	system, _ := strconv.Atoi(f[12])
	const tick = 10 * time.Millisecond // USER_HZ is 100 on every Linux
	return time.Duration(user+system) * tick
}

// rss is the server process's resident memory in MiB.
func (s *server) rss(tb testing.TB) float64 {
	tb.Helper()
	b, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(s.cmd.Process.Pid), "statm"))
	if err != nil {
		tb.Fatal(err)
	}
	pages, _ := strconv.Atoi(strings.Fields(string(b))[1])
	return float64(pages) * float64(os.Getpagesize()) / (1 << 20)
}

// load runs b.N requests by the clients and reports the server's CPU per request.
func (s *bench) load(b *testing.B, clients int, request func(client, i int) *http.Request) {
	b.Helper()
	do := func(client, i int, c *http.Client) error {
		res, err := c.Do(request(client, i))
		if err != nil {
			return err
		}
		defer res.Body.Close()
		if _, err := io.Copy(io.Discard, res.Body); err != nil {
			return err
		}
		if res.StatusCode != http.StatusOK {
			return fmt.Errorf("%s", res.Status)
		}
		return nil
	}
	for client := range clients { // warm-up: every user's first page
		for i := range 50 {
			if err := do(client, i, http.DefaultClient); err != nil {
				b.Fatal(err)
			}
		}
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	before := s.cpu(b)
	b.ResetTimer()
	for client := range clients {
		wg.Go(func() {
			c := &http.Client{Transport: &http.Transport{}}
			defer c.CloseIdleConnections()
			for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
				if err := do(client, int(i), c); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	b.ReportMetric(float64((s.cpu(b)-before).Microseconds())/float64(b.N), "cpu-µs/op")
	b.ReportMetric(s.rss(b), "rss-MiB")
}

func (s *bench) request(method, path, token, body string) *http.Request {
	req, err := http.NewRequest(method, "http://"+s.listen+path, strings.NewReader(body))
	if err != nil {
		panic(err) // paths are constants
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return req
}

// benchUsers is how many people read; like the load tool's fourteen.
const benchUsers = 14

// BenchmarkRead asks what apps ask most. The floor is an authenticated request that does next to nothing.
func BenchmarkRead(b *testing.B) {
	s := startBench(b, benchStatuses())
	b.Logf("idle: %.1f MiB resident", s.rss(b))
	for _, e := range reads() {
		b.Run(e.name, func(b *testing.B) {
			s.load(b, benchClients, func(client, i int) *http.Request {
				return s.request("GET", s.path(e.path, i), s.tokens[(client*7+i)%benchUsers], "")
			})
		})
	}
}

// BenchmarkPost posts by 8 writers; every answer means that the status is on disk.
func BenchmarkPost(b *testing.B) {
	s := startBench(b, benchStatuses()/10)
	b.Run("fsync", func(b *testing.B) { fsyncs(b, s.dir) })
	b.Run("8-writers", func(b *testing.B) {
		s.load(b, 8, func(client, i int) *http.Request {
			return s.request("POST", "/api/v1/statuses", s.tokens[i%benchUsers], "status="+fmt.Sprintf("A+benchmark+status+of+ordinary+length+%d", i))
		})
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "posts/s")
	})
}

// fsyncs is the physical limit of one write at a time: append 4 KiB and wait for the disk.
func fsyncs(b *testing.B, dir string) {
	f, err := os.CreateTemp(dir, "fsync")
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	page := make([]byte, 4096)
	for b.Loop() {
		if _, err := f.Write(page); err != nil {
			b.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkStart measures from exec to the first answer.
func BenchmarkStart(b *testing.B) {
	s := startBench(b, benchStatuses())
	s.stop()
	for b.Loop() {
		s.launch()
		for {
			res, err := http.Get("http://" + s.listen + "/api/v1/timelines/public")
			if err == nil {
				res.Body.Close()
				break
			}
			<-time.After(time.Millisecond)
		}
		b.StopTimer()
		s.kill()
		b.StartTimer()
	}
}

// TestSeedIsSound keeps the benchmark's data honest: what it writes passes check.
func TestTheBenchmarksDataIsSound(t *testing.T) {
	db := testkit.Open(t, store.Options{Dir: t.TempDir()})
	b := &bench{server: &server{listen: "localhost"}}
	ctx := context.Background()
	if err := db.Write(ctx, func(tx *store.Tx) error {
		for i := range benchAccounts {
			b.accounts = append(b.accounts, model.ID(i+1))
			uri := fmt.Sprintf("http://localhost/%d", i)
			account := &model.Account{ID: model.ID(i + 1), Username: fmt.Sprintf("user%d", i), URI: uri}
			if _, err := tx.AddUser(account, &model.User{ID: account.ID, AccountID: account.ID, Email: uri, RoleID: model.RoleEveryone}); err != nil {
				return err
			}
		}
		return b.seedStatuses(tx, rand.New(rand.NewPCG(1, 2)), "http://localhost", 0, 300)
	}); err != nil {
		t.Fatal(err)
	}
	findings, err := db.Check(ctx, func(int, int, string) {})
	if err != nil || len(findings) > 0 {
		t.Errorf("check: %v %+v", err, findings)
	}
}

// read is one thing that apps ask.
type read struct{ name, path string }

func reads() []read {
	return []read{
		{"floor", "/api/v1/apps/verify_credentials"},
		{"instance", "/api/v2/instance"},
		{"home", "/api/v1/timelines/home"},
		{"public", "/api/v1/timelines/public"},
		{"notifications", "/api/v1/notifications"},
		{"notifications-v2", "/api/v2/notifications"},
		{"account-statuses", "/api/v1/accounts/ACCOUNT/statuses"},
		{"status", "/api/v1/statuses/STATUS"},
		{"context", "/api/v1/statuses/STATUS/context"},
		{"verify", "/api/v1/accounts/verify_credentials"},
		{"home-deep", "/api/v1/timelines/home?max_id=DEEP"},
	}
}

// path puts ids into a path; the i-th request asks for others than the one before.
func (s *bench) path(path string, i int) string {
	return strings.NewReplacer(
		"ACCOUNT", s.accounts[i%benchUsers].String(),
		"STATUS", s.statuses[len(s.statuses)-1-i%200].String(),
		"DEEP", s.statuses[len(s.statuses)*9/10-i%200].String(),
	).Replace(path)
}

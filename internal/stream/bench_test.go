package stream_test

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
	"gomphothere/internal/testkit"
)

// crowd are people with a token each; all follow the first.
func crowd(b *testing.B, s *testkit.Server, n int) (tokens []string, author *testkit.User) {
	b.Helper()
	author = s.Person("author")
	const batch = 500
	app := &model.App{Name: "bench", RedirectURIs: []string{"urn:ietf:wg:oauth:2.0:oob"}, Scopes: "read write", ClientID: "bench", SecretHash: "-"}
	for from := 0; from < n; from += batch {
		err := s.DB.Write(context.Background(), func(tx *store.Tx) error {
			if from == 0 {
				app.ID, app.CreatedAt = tx.NewID(), tx.Now()
				if err := tx.AddApp(app); err != nil {
					return err
				}
			}
			for i := from; i < min(n, from+batch); i++ {
				id := tx.NewID()
				a := &model.Account{ID: id, Username: fmt.Sprintf("user%d", i), URI: s.URL + "/ap/users/" + id.String(), ActorType: "Person", CreatedAt: tx.Now(), UpdatedAt: tx.Now()}
				user := &model.User{ID: tx.NewID(), AccountID: id, Email: a.Username + "@example.org", RoleID: model.RoleEveryone, Locale: "en", Approved: true, ConfirmedAt: tx.Now(), CreatedAt: tx.Now()}
				if _, err := tx.AddUser(a, user); err != nil {
					return err
				}
				token := "token-" + a.Username
				sum := sha256.Sum256([]byte(token))
				if err := tx.AddToken(&model.Token{ID: tx.NewID(), Hash: hex.EncodeToString(sum[:]), AppID: app.ID, UserID: user.ID, AccountID: id, Scopes: app.Scopes, CreatedAt: tx.Now()}, 100); err != nil {
					return err
				}
				if err := tx.AddFollow(&model.Follow{ID: tx.NewID(), AccountID: id, TargetID: author.Account.ID, ShowReblogs: true, CreatedAt: tx.Now()}); err != nil {
					return err
				}
				tokens = append(tokens, token)
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	return tokens, author
}

// dial opens a WebSocket and reads the answer.
func dial(s *testkit.Server, token, query string) (net.Conn, *bufio.Reader, error) {
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		return nil, nil, err
	}
	_, err = fmt.Fprintf(conn, "GET /api/v1/streaming?%s&access_token=%s HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n", query, token)
	if err != nil {
		return nil, nil, err
	}
	r := bufio.NewReaderSize(conn, 4096)
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return nil, nil, err
		}
		if line == "\r\n" {
			return conn, r, nil
		}
	}
}

// BenchmarkAccept is one connection taken in, its token looked up in the database, and the client's half of it.
func BenchmarkAccept(b *testing.B) {
	s := testkit.NewServer(b, "", nil)
	const people = 8000
	tokens, _ := crowd(b, s, people)
	var open []net.Conn
	b.ResetTimer()
	for i := range b.N {
		conn, _, err := dial(s, tokens[i%people], "stream=user")
		if err != nil {
			b.Fatal(err)
		}
		if open = append(open, conn); len(open) == people { // files are not endless
			b.StopTimer()
			for _, c := range open {
				c.Close()
			}
			open = nil
			b.StartTimer()
		}
	}
	b.StopTimer()
	for _, c := range open {
		c.Close()
	}
}

// BenchmarkHome is one post to a thousand home streams, per socket: drawn, framed, written, and read by the clients.
func BenchmarkHome(b *testing.B) { fanOut(b, "stream=user") }

// BenchmarkPublic is the same on the public stream.
func BenchmarkPublic(b *testing.B) { fanOut(b, "stream=public") }

func fanOut(b *testing.B, query string) {
	s := testkit.NewServer(b, "", nil)
	const people = 1000
	tokens, author := crowd(b, s, people)
	arrived := make(chan struct{}, people)
	for _, token := range tokens {
		conn, r, err := dial(s, token, query)
		if err != nil {
			b.Fatal(err)
		}
		defer conn.Close()
		go func() {
			head := make([]byte, 2)
			for {
				if _, err := io.ReadFull(r, head); err != nil {
					return
				}
				size := int(head[1])
				if size == 126 {
					if _, err := io.ReadFull(r, head); err != nil {
						return
					}
					size = int(head[0])<<8 | int(head[1])
				}
				if _, err := r.Discard(size); err != nil {
					return
				}
				if size > 126 {
					arrived <- struct{}{}
				}
			}
		}()
	}
	b.ResetTimer()
	for i := 0; i < b.N; i += people {
		post(author, "A post of ordinary length about nothing in particular. ")
		for range people {
			<-arrived
		}
	}
}

package fetch

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"gomphothere/internal/model"
)

// TestHostileServersAreGivenUp asks servers over real sockets that answer with malice or badly.
func TestHostileServersAreGivenUp(t *testing.T) {
	t.Parallel()
	endless := strings.Repeat("x", 64<<10)
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   model.Kind
	}{
		"an endless body": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/activity+json")
			for {
				if _, err := io.WriteString(w, endless); err != nil {
					return
				}
			}
		}, model.KindTooLarge},
		"a bomb": {func(w http.ResponseWriter, r *http.Request) {
			var b bytes.Buffer
			z := gzip.NewWriter(&b)
			for range 16 << 10 / 64 {
				if _, err := io.WriteString(z, endless); err != nil {
					panic(err)
				}
			}
			if err := z.Close(); err != nil {
				panic(err)
			}
			w.Header().Set("Content-Encoding", "gzip")
			activity(w, b.String())
		}, model.KindTooLarge},
		"broken compression": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			activity(w, "{}")
		}, model.KindUnavailable},
		"compression nobody asked for": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "br")
			activity(w, "{}")
		}, model.KindInvalid},
		"a web page": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, "<html>")
		}, model.KindInvalid},
		"JSON of some kind": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, "{}")
		}, model.KindInvalid},
		"Linked Data of some kind": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", `application/ld+json; profile="https://www.w3.org/ns/json-ld#context"`)
			fmt.Fprint(w, "{}")
		}, model.KindInvalid},
		"no type": {func(w http.ResponseWriter, r *http.Request) { w.Header()["Content-Type"] = nil; fmt.Fprint(w, "{}") }, model.KindInvalid},
		"huge headers": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Huge", strings.Repeat("x", 128<<10))
			activity(w, "{}")
		}, model.KindUnavailable},
		"a redirect in a circle": {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) }, model.KindInvalid},
		"ever more redirects": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.Path+"x", http.StatusMovedPermanently)
		}, model.KindInvalid},
		"a redirect to http":           {redirect("http://one.example/"), model.KindInvalid},
		"a redirect to a file":         {redirect("file:///etc/passwd"), model.KindInvalid},
		"a redirect to another port":   {redirect("https://one.example:22/"), model.KindInvalid},
		"a redirect with a password":   {redirect("https://a:b@one.example/"), model.KindInvalid},
		"a redirect to a blocked host": {redirect("https://blocked.example/"), model.KindForbidden},
		"a redirect to nowhere":        {redirect("https://" + strings.Repeat("a", 5000) + "/"), model.KindInvalid},
		"a redirect without a place":   {status(http.StatusFound), model.KindInvalid},
		"400":                          {status(400), model.KindInvalid},
		"401":                          {status(401), model.KindForbidden},
		"403":                          {status(403), model.KindForbidden},
		"404":                          {status(404), model.KindNotFound},
		"406":                          {status(406), model.KindInvalid},
		"408":                          {status(408), model.KindUnavailable},
		"410":                          {status(410), model.KindGone},
		"429":                          {status(429), model.KindUnavailable},
		"500":                          {status(500), model.KindUnavailable},
		"501":                          {status(501), model.KindInvalid},
		"503":                          {status(503), model.KindUnavailable},
		"a hang-up":                    {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, model.KindUnavailable},
		"a short body": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "100")
			activity(w, "{}")
		}, model.KindUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cl := internet(t, c.answer, func(o *Options) {
				o.May = func(_ context.Context, host string) error {
					if host == "blocked.example" {
						return model.Forbidden("not with them")
					}
					return nil
				}
			})
			_, err := cl.Document(t.Context(), "https://one.example/x")
			var told *Error
			if err == nil || model.KindOf(err) != c.want || !errors.As(err, &told) {
				t.Errorf("got %v of kind %d, want kind %d", err, model.KindOf(err), c.want)
			}
		})
	}
}

func redirect(to string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", to)
		w.WriteHeader(http.StatusFound)
	}
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(code) }
}

// TestARedirectToLoopbackIsRefused has no dialer of its own: the guard is the real one.
func TestARedirectToLoopbackIsRefused(t *testing.T) {
	t.Parallel()
	reached := make(chan struct{}, 1)
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached <- struct{}{} }))
	t.Cleanup(inside.Close)
	allowed := serve(t, "127.0.0.2:0", redirect(inside.URL))
	c := client(t, func(o *Options) {
		g := guard{allowed: loopback()}
		o.Dial = (&net.Dialer{ControlContext: func(ctx context.Context, network, address string, raw syscall.RawConn) error {
			host, _, err := net.SplitHostPort(address)
			if err != nil {
				return err
			}
			return g.control(ctx, network, net.JoinHostPort(host, "443"), raw)
		}}).DialContext
	})
	_, err := c.Document(t.Context(), "http://"+allowed+"/")
	if model.KindOf(err) != model.KindInvalid {
		t.Errorf("got %v, want it refused", err)
	}
	select {
	case <-reached:
		t.Error("the server inside was reached")
	default:
	}
}

// wire is a network of one server that answers as bytes, within a bubble.
func wire(t *testing.T, serve func(conn net.Conn)) *Client {
	t.Helper()
	return client(t, func(o *Options) {
		o.Dial = func(ctx context.Context, _, _ string) (net.Conn, error) {
			near, far := net.Pipe()
			go func() { defer far.Close(); serve(far) }()
			return near, nil
		}
	})
}

// TestSlowServersAreGivenUpInTime lets time pass in a bubble.
func TestSlowServersAreGivenUpInTime(t *testing.T) {
	t.Parallel()
	const head = "HTTP/1.1 200 OK\r\nContent-Type: application/activity+json\r\n"
	for name, c := range map[string]struct {
		serve func(conn net.Conn)
		limit time.Duration
	}{
		"nothing is ever read": {func(conn net.Conn) { time.Sleep(time.Hour) }, totalTime},
		"nothing is ever said": {func(conn net.Conn) {
			if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
				time.Sleep(time.Hour)
			}
		}, headerTime},
		"headers trickle":                 {trickle(head, "X-A: b\r\n", time.Second), headerTime},
		"the body trickles":               {trickle(head+"Content-Length: 100000\r\n\r\n", "x", time.Second), totalTime},
		"an interim answer after another": {trickle("", "HTTP/1.1 103 Early Hints\r\n\r\n", time.Second), headerTime},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cl := wire(t, c.serve)
				start := time.Now()
				_, err := cl.Document(t.Context(), "http://slow.example/")
				if model.KindOf(err) != model.KindUnavailable {
					t.Errorf("got %v, want it unavailable", err)
				}
				if took := time.Since(start); took > c.limit {
					t.Errorf("it took %v, want at most %v", took, c.limit)
				}
				cl.Close()
				time.Sleep(2 * time.Hour) // the server's
			})
		})
	}
}

func trickle(head, drop string, every time.Duration) func(net.Conn) {
	return func(conn net.Conn) {
		if _, err := http.ReadRequest(bufio.NewReader(conn)); err != nil {
			return
		}
		if _, err := io.WriteString(conn, head); err != nil {
			return
		}
		for {
			time.Sleep(every)
			if _, err := io.WriteString(conn, drop); err != nil {
				return
			}
		}
	}
}

// TestADialThatNeverAnswersIsGivenUp: packets are dropped on the way.
func TestADialThatNeverAnswersIsGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := client(t, func(o *Options) {
			o.Dial = func(ctx context.Context, _, _ string) (net.Conn, error) { <-ctx.Done(); return nil, ctx.Err() }
		})
		start := time.Now()
		_, err := c.Document(t.Context(), "http://lost.example/")
		if model.KindOf(err) != model.KindUnavailable || time.Since(start) > dialTime {
			t.Errorf("got %v after %v, want it unavailable within %v", err, time.Since(start), dialTime)
		}
	})
}

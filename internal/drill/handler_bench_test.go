package drill

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"gomphothere/internal/app"
	"gomphothere/internal/config"
)

// BenchmarkHandler asks the same as BenchmarkRead without a socket, in this process: for profiles.
func BenchmarkHandler(b *testing.B) {
	s := &bench{server: &server{t: b, dir: b.TempDir(), listen: "localhost:8080"}}
	s.seed(b, benchStatuses())
	loaded, err := config.Load(config.Sources{Env: []string{
		"GOMPHOTHERE_DATA=" + s.dir, "GOMPHOTHERE_DOMAIN=localhost:8080", "GOMPHOTHERE_DEVELOPMENT=true", "GOMPHOTHERE_LIMITS_ENABLED=false"}})
	if err != nil {
		b.Fatal(err)
	}
	a, err := app.New(context.Background(), loaded.Config, app.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := a.Close(); err != nil {
			b.Error(err)
		}
	})
	h := a.Handler()
	for _, e := range reads() {
		b.Run(e.name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				w := httptest.NewRecorder()
				req := s.request("GET", s.path(e.path, i), s.tokens[i%benchUsers], "")
				h.ServeHTTP(w, req)
				if w.Code != 200 {
					b.Fatalf("%d %s", w.Code, w.Body)
				}
			}
		})
	}
	b.Run("post", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			w := httptest.NewRecorder()
			req := s.request("POST", "/api/v1/statuses", s.tokens[i%benchUsers], "status="+strings.Repeat("word+", 30))
			h.ServeHTTP(w, req)
			if w.Code != 200 {
				b.Fatalf("%d %s", w.Code, w.Body)
			}
		}
	})
}

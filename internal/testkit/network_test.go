package testkit_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"gomphothere/internal/testkit"
)

func TestADayPassesForTwoServersInAMoment(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := testkit.NewNetwork(t)
		one, two := n.NewServer("one.example", nil), n.NewServer("two.example", nil)
		alice, bob := one.Person("alice"), two.Person("bob")
		alice.Do(200, "POST", "/api/v1/statuses", testkit.P{"status": "good morning"})
		time.Sleep(24 * time.Hour)
		bob.Do(200, "POST", "/api/v1/statuses", testkit.P{"status": "good evening"})
		if got := len(alice.List(200, "GET", "/api/v1/timelines/home", nil)); got != 1 {
			t.Errorf("alice sees %d statuses, want her own", got)
		}
		if got := len(n.Requests("two.example", "POST /api/v1/statuses")); got != 1 {
			t.Errorf("two.example was posted to %d times, want once", got)
		}
	})
}

func TestWeatherOfAHost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := testkit.NewNetwork(t)
		n.Serve("peer.example", http.NotFoundHandler())
		get := func() string {
			began := time.Now()
			res, err := n.Client().Get("http://peer.example/")
			switch took := time.Since(began); {
			case err == nil:
				res.Body.Close()
				return res.Status
			case took == 0:
				return "refused"
			case took == time.Minute:
				return "waited in vain"
			default:
				return took.String()
			}
		}
		for _, c := range []struct {
			weather testkit.Weather
			want    string
		}{
			{testkit.Fair, "404 Not Found"},
			{testkit.Down, "refused"},
			{testkit.Lost, "waited in vain"},
			{testkit.Hanging, "waited in vain"},
			{testkit.Fair, "404 Not Found"},
		} {
			n.SetWeather("peer.example", c.weather)
			if got := get(); got != c.want {
				t.Errorf("weather %d: got %q, want %q", c.weather, got, c.want)
			}
		}
	})
}

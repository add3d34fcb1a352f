package oauth_test

import (
	"crypto/sha256"
	"testing"
)

// TestBrowser lives through what people do on the server's own pages, in a real browser.
func TestBrowser(t *testing.T) {
	t.Parallel()
	c := startChromium(t)
	for _, j := range journeys() {
		t.Run(j.name, func(t *testing.T) {
			t.Parallel()
			j.live(t, c)
		})
	}
}

var _ = sha256.New

type journey struct {
	name string
	live func(t *testing.T, c *chromium)
}

func journeys() []journey {
	return []journey{
		{"the owner takes the server over", ownerJourney},
	}
}

func ownerJourney(t *testing.T, c *chromium) {
	s := newMeadow(t)
	b := c.tab(t, s)
	b.open("/").sees("This server has no owner yet").looks("landing-no-owner")
	link, err := s.OwnerLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b.open(link).looks("welcome")
	b.fill("", "Username", "ada lovelace").fill("", "E-mail address", "ada@example.com").fill("", "Password", password)
	b.presses(422, "Create the owner's account").looks("welcome-wrong")
	b.fill("", "Username", "ada").fill("", "Password", password).press("Create the owner's account")
	b.sees("The server is yours").looks("what-next")
	b.press("outbox").looks("outbox-empty")
	b.opens(410, link).sees("This link works no more").looks("error")
}

package api_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	gocmp "github.com/google/go-cmp/cmp"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
	"gomphothere/internal/testkit"
)

const pushPath = "/api/v1/push/subscription"

func TestAnAppSubscribesToPushChangesItsMindAndLeaves(t *testing.T) {
	t.Parallel()
	testkit.EachServer(t, func(t *testing.T, s *testkit.Server) {
		alice := s.Person("alice")
		phone := testkit.NewPushService(t)
		alice.Do(404, "GET", pushPath, nil)
		alice.Do(404, "PUT", pushPath, testkit.P{"data": testkit.P{}})
		first := alice.Do(200, "POST", pushPath, phone.Phone("/a", true, "mention", "follow", "nonsense"))
		if first["standard"] != true || first["endpoint"] != phone.URL+"/a" || first["policy"] != "all" ||
			gocmp.Diff(first["alerts"], map[string]any{"mention": true, "follow": true}) != "" {
			t.Errorf("subscribed: %v", first)
		}
		key := first["server_key"].(string)
		if v2 := alice.Do(200, "GET", "/api/v2/instance", nil)["configuration"].(map[string]any); v2["vapid"].(map[string]any)["public_key"] != key {
			t.Errorf("the instance has another key: %v", v2["vapid"])
		}
		if app := alice.Do(200, "GET", "/api/v1/apps/verify_credentials", nil); app["vapid_key"] != key {
			t.Errorf("the app has another key: %v", app)
		}
		changed := alice.Do(200, "PUT", pushPath, url.Values{"data[alerts][mention]": {"false"}, "data[alerts][admin.sign_up]": {"1"}, "data[policy]": {"followed"}})
		if changed["policy"] != "followed" || gocmp.Diff(changed["alerts"], map[string]any{"mention": false, "admin.sign_up": true}) != "" || changed["id"] != first["id"] {
			t.Errorf("changed: %v", changed)
		}
		if p := alice.Do(200, "PATCH", pushPath, testkit.P{"policy": "none"}); p["policy"] != "none" {
			t.Errorf("policy outside data: %v", p)
		}
		alice.Do(422, "PUT", pushPath, testkit.P{"data": testkit.P{"policy": "some"}})
		second := alice.Do(200, "POST", pushPath, phone.Phone("/b", false))
		if second["id"] == first["id"] || second["standard"] != false || second["endpoint"] != phone.URL+"/b" {
			t.Errorf("replaced: %v", second)
		}
		other := alice.With("read push")
		other.Do(404, "GET", pushPath, nil)
		alice.With("read write follow").Do(403, "GET", pushPath, nil)
		s.Visitor().Do(401, "POST", pushPath, phone.Phone("/c", true))
		if d := alice.Do(200, "DELETE", pushPath, nil); len(d) != 0 {
			t.Errorf("unsubscribed: %v", d)
		}
		alice.Do(404, "GET", pushPath, nil)
		alice.Do(200, "DELETE", pushPath, nil)
	})
}

func TestWhatCannotBePushedToIsRefused(t *testing.T) {
	t.Parallel()
	s := testkit.NewServer(t, "", nil)
	alice, phone := s.Person("alice"), testkit.NewPushService(t)
	alice.Do(400, "POST", pushPath, nil)
	alice.Do(400, "POST", pushPath, testkit.P{"subscription": "x"})
	for _, endpoint := range []string{"", "ftp://push.example/a", "http://push.example/a", "https://", "https://me:secret@push.example/", "javascript:alert(1)", "/a", "https://push.example/" + strings.Repeat("a", 2048)} {
		p := phone.Phone("/a", true)
		p["subscription"].(testkit.P)["endpoint"] = endpoint
		alice.Do(422, "POST", pushPath, p)
	}
	for key, values := range map[string][]string{
		"p256dh": {"", "x", "%%%", base64.URLEncoding.EncodeToString(make([]byte, 65)), base64.URLEncoding.EncodeToString([]byte("\x04" + strings.Repeat("a", 64)))},
		"auth":   {"", "YQ", "%%%", base64.URLEncoding.EncodeToString(make([]byte, 65))},
	} {
		for _, value := range values {
			p := phone.Phone("/a", true)
			p["subscription"].(testkit.P)["keys"].(testkit.P)[key] = value
			alice.Do(422, "POST", pushPath, p)
		}
	}
	alice.Do(404, "GET", pushPath, nil)
}

func TestAPhoneLearnsWhatHappenedInBothEncryptions(t *testing.T) {
	t.Parallel()
	testkit.EachServer(t, func(t *testing.T, s *testkit.Server) {
		alice, bob := s.Person("alice"), s.Person("bob")
		for _, standard := range []bool{true, false} {
			phone := testkit.NewPushService(t)
			sub := alice.Do(200, "POST", pushPath, phone.Phone("/phone", standard, "mention"))
			bob.Do(200, "POST", "/api/v1/statuses", testkit.P{"status": "@alice look at <this> & that"})
			m := phone.Next()
			told := alice.List(200, "GET", "/api/v1/notifications?limit=1", nil)[0]
			if m.JSON["access_token"] != alice.Token || m.JSON["title"] != "bob mentioned you" || m.JSON["notification_type"] != "mention" ||
				m.JSON["preferred_locale"] != "en" || m.JSON["body"] != "@alice look at <this> & that" ||
				!strings.HasPrefix(m.JSON["icon"].(string), "http") || fmt.Sprintf("%.0f", m.JSON["notification_id"]) != roughly(told["id"]) {
				t.Errorf("the phone got %v, told was %v", m.JSON, told["id"])
			}
			if m.Header.Get("TTL") != "172800" || m.Header.Get("Urgency") != "normal" {
				t.Errorf("headers %v", m.Header)
			}
			pass := strings.TrimPrefix(m.Header.Get("Authorization"), "WebPush ")
			if standard {
				pass, _, _ = strings.Cut(strings.TrimPrefix(m.Header.Get("Authorization"), "vapid t="), ",")
			}
			if claims := proven(t, pass, sub["server_key"].(string)); claims["aud"] != phone.URL || claims["sub"] != s.URL {
				t.Errorf("claims %v", claims)
			}
			// The service's own way to end it.
			stop := strings.TrimPrefix(m.Header.Get("Unsubscribe-URL"), s.URL)
			s.Visitor().Do(404, "DELETE", stop+"x", nil)
			s.Visitor().Do(200, "DELETE", stop, nil)
			alice.Do(404, "GET", pushPath, nil)
		}
	})
}

// roughly is an id as a JSON number that went through a float.
func roughly(id any) string {
	n, _ := model.ParseID(id.(string))
	return fmt.Sprintf("%.0f", float64(n))
}

// proven checks that a pass was signed with the key whose public half apps know (RFC 8292).
func proven(t *testing.T, pass, key string) jwt.MapClaims {
	t.Helper()
	b, err := base64.URLEncoding.DecodeString(key)
	if err != nil {
		t.Fatal(err)
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), b)
	if err != nil {
		t.Fatal(err)
	}
	claims := jwt.MapClaims{}
	if _, err := jwt.ParseWithClaims(pass, claims, func(*jwt.Token) (any, error) { return public, nil }, jwt.WithValidMethods([]string{"ES256"}), jwt.WithExpirationRequired()); err != nil {
		t.Fatalf("pass %s: %v", pass, err)
	}
	return claims
}

func TestOnlyWhatAnAppWantsToHearIsPushed(t *testing.T) {
	t.Parallel()
	testkit.EachServer(t, func(t *testing.T, s *testkit.Server) {
		alice, followed, follower, stranger := s.Person("alice"), s.Person("followed"), s.Person("follower"), s.Person("stranger")
		alice.Do(200, "POST", "/api/v1/accounts/"+followed.Account.ID.String()+"/follow", nil)
		follower.Do(200, "POST", "/api/v1/accounts/"+alice.Account.ID.String()+"/follow", nil)
		st := alice.Do(200, "POST", "/api/v1/statuses", testkit.P{"status": "hello"})["id"].(string)
		last := testkit.NewPushService(t)
		alice.With("push").Do(200, "POST", pushPath, last.Phone("/last", true, "poll", "reblog"))
		want := map[string][]string{"all": {"followed", "follower", "stranger"}, "followed": {"followed"}, "follower": {"follower"}, "none": nil}
		phones := map[string]*testkit.PushService{}
		for policy := range want {
			phones[policy] = testkit.NewPushService(t)
			p := phones[policy].Phone("/"+policy, true, "favourite")
			p["data"].(testkit.P)["policy"] = policy
			alice.With("push").Do(200, "POST", pushPath, p)
		}
		for _, who := range []*testkit.User{followed, follower, stranger} {
			who.Do(200, "POST", "/api/v1/statuses/"+st+"/favourite", nil)
		}
		for policy, names := range want {
			var got []string
			for range names {
				name, _, _ := strings.Cut(phones[policy].Next().JSON["title"].(string), " ")
				got = append(got, name)
			}
			if slices.Sort(got); !slices.Equal(got, names) {
				t.Errorf("%s: pushed of %v, want %v", policy, got, names)
			}
		}
		stranger.Do(200, "POST", "/api/v1/statuses/"+st+"/reblog", nil)
		if m := last.Next(); m.JSON["notification_type"] != "reblog" {
			t.Errorf("the app that wants boosts got %v first", m.JSON)
		}
		for policy, phone := range phones {
			if n := phone.Waiting(); n != 0 {
				t.Errorf("%s: %d messages too many", policy, n)
			}
		}
	})
}

func TestASubscriptionEndsWithItsTokenAndWithItsPhone(t *testing.T) {
	t.Parallel()
	testkit.EachServer(t, func(t *testing.T, s *testkit.Server) {
		alice, bob := s.Person("alice"), s.Person("bob")
		left := func() int {
			subs, err := s.DB.Read(t.Context()).PushSubscriptions(alice.Account.ID)
			if err != nil {
				t.Fatal(err)
			}
			return len(subs)
		}
		phone := testkit.NewPushService(t)
		for status, refusals := range map[int]int{404: 1, 410: 1, 400: 5, 403: 5} {
			phone.Answers(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
			app := alice.With("push")
			app.Do(200, "POST", pushPath, phone.Phone("/p", true, "mention"))
			for i := range refusals {
				if left() != 1 {
					t.Fatalf("after %d times %d the subscription is gone", i, status)
				}
				bob.Do(200, "POST", "/api/v1/statuses", testkit.P{"status": "@alice hi"})
				phone.Next()
				s.Settle("send_push")
			}
			if left() != 0 {
				t.Errorf("after %d times %d the subscription stands", refusals, status)
			}
		}
		app := alice.With("push")
		app.Do(200, "POST", pushPath, phone.Phone("/p", true, "mention"))
		u, err := s.DB.Read(t.Context()).UserOf(alice.Account.ID)
		if err != nil {
			t.Fatal(err)
		}
		tokens, err := s.DB.Read(t.Context()).TokensOf(u.ID)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Social.RevokeApp(t.Context(), u, tokens[0].AppID); err != nil {
			t.Fatal(err)
		}
		if left() != 0 {
			t.Error("a revoked app still gets messages")
		}
	})
}

func TestAPushServiceThatHangsHoldsNobodyElse(t *testing.T) {
	t.Parallel()
	testkit.EachServer(t, func(t *testing.T, s *testkit.Server) {
		alice, bob, carol := s.Person("alice"), s.Person("bob"), s.Person("carol")
		hangs, well := testkit.NewPushService(t), testkit.NewPushService(t)
		release := make(chan struct{})
		reached := make(chan struct{}, 1000)
		hangs.Answers(func(_ http.ResponseWriter, r *http.Request) {
			reached <- struct{}{}
			<-release
		})
		defer close(release) // before the services close
		alice.Do(200, "POST", pushPath, hangs.Phone("/phone", true, "mention"))
		bob.Do(200, "POST", pushPath, well.Phone("/phone", true, "mention"))
		for i := range 100 { // more than the queue has workers
			carol.Do(200, "POST", "/api/v1/statuses", testkit.P{"status": fmt.Sprintf("@alice %d", i)})
		}
		testkit.Until(t, "it does hang now", func() bool { return len(reached) > 0 })
		carol.Do(200, "POST", "/api/v1/statuses", testkit.P{"status": "@bob hi"})
		if m := well.Next(); m.JSON["notification_type"] != "mention" {
			t.Errorf("bob's phone got %v", m.JSON)
		}
	})
}

func TestAPushServiceThatAsksForTimeGetsIt(t *testing.T) {
	t.Parallel()
	testkit.EachServer(t, func(t *testing.T, s *testkit.Server) {
		alice, bob := s.Person("alice"), s.Person("bob")
		phone := testkit.NewPushService(t)
		phone.Answers(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "7200")
			w.WriteHeader(http.StatusTooManyRequests)
		})
		alice.Do(200, "POST", pushPath, phone.Phone("/phone", true, "mention"))
		bob.Do(200, "POST", "/api/v1/statuses", testkit.P{"status": "@alice hi"})
		phone.Next()
		var lane store.Lane
		testkit.Until(t, "the service's lane rests", func() bool {
			lanes, err := s.DB.Read(t.Context()).FailingLanes(10)
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range lanes {
				if l.Kind == "send_push" {
					lane = l
				}
			}
			return lane.RestUntil != 0
		})
		if pause := lane.RestUntil.Std().Sub(s.DB.Now().Std()); pause < 110*time.Minute || pause > 2*time.Hour {
			t.Errorf("the lane rests for %v, want two hours", pause)
		}
		subs, err := s.DB.Read(t.Context()).PushSubscriptions(alice.Account.ID)
		if err != nil || len(subs) != 1 || subs[0].Refusals != 0 || !strings.Contains(subs[0].LastError, "429") {
			t.Errorf("subscriptions %+v, %v", subs, err)
		}
	})
}

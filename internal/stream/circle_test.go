package stream

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"gomphothere/internal/entity"
	"gomphothere/internal/model"
	"gomphothere/internal/social"
)

// What is kept of a viewer's circle is a tenth of it. Of any status the rules must say the same of both, and it must be
// drawn alike; and whoever gives the same answers must be told the same.
func TestAKeptCircleSaysWhatTheWholeOneSays(t *testing.T) {
	t.Parallel()
	const now = model.Time(1_000_000_000)
	draw := entity.Drawer{Base: "https://example.org", Domain: "example.org", MediaBase: "https://example.org/files/"}
	rapid.Check(t, func(t *rapid.T) {
		st := anyStatus(t, now)
		groups := map[string]string{}
		for viewer := model.ID(1); viewer <= 3; viewer++ {
			whole := anyRelations(t, viewer+100*model.ID(rapid.IntRange(0, 1).Draw(t, "stranger")), now)
			kept := newCircle(whole, nil)
			about := aboutOf(st)
			part := about.relations(whole.AccountID, kept)
			says := func(rel *model.Relations) string {
				v := &model.Viewer{Account: &model.Account{ID: rel.AccountID}, Relations: rel, Now: now}
				return fmt.Sprint(social.MayHome(rel, st, now), social.MayStreamPublic(rel, st, now), string(draw.AppendStatus(nil, st, v)))
			}
			if diff := cmp.Diff(says(whole), says(part)); diff != "" {
				t.Fatalf("whole and part differ: %s\n%+v\n%+v", diff, whole, part)
			}
			answers, alone := about.answers(nil, kept)
			if alone || about.concerns(whole.AccountID) {
				continue
			}
			if before, ok := groups[string(answers)]; ok && before != says(part) {
				t.Fatalf("two viewers with the same answers see different things:\n%s\n%s", before, says(part))
			}
			groups[string(answers)] = says(part)
		}
	})
}

func anyID(t *rapid.T) model.ID { return model.ID(rapid.IntRange(1, 6).Draw(t, "id")) }

func anyAccount(t *rapid.T) *model.Account {
	id := anyID(t)
	a := &model.Account{ID: id, Username: "u" + id.String()}
	if id > 3 {
		a.Domain = []string{"a.example", "b.example", "c.example"}[id-4]
	}
	if rapid.IntRange(0, 5).Draw(t, "state") == 0 {
		a.SilencedAt = 1
	}
	return a
}

func anyStatus(t *rapid.T, now model.Time) *model.Status {
	one := func() *model.Status {
		a := anyAccount(t)
		st := &model.Status{
			ID: anyID(t) + 1000, AccountID: a.ID, Account: a, CreatedAt: now, Drawn: &model.Slot{}, Plain: &model.Slot{},
			Visibility:  rapid.SampledFrom([]model.Visibility{model.Public, model.Unlisted, model.Private, model.Direct}).Draw(t, "visibility"),
			Language:    rapid.SampledFrom([]string{"", "en", "de"}).Draw(t, "language"),
			QuotePolicy: rapid.SampledFrom([]model.QuotePolicy{0, model.QuotePublic << 16, model.QuoteFollowers << 16, model.QuoteFollowers, model.QuoteFollowing << 16}).Draw(t, "quotable"),
		}
		for range rapid.IntRange(0, 2).Draw(t, "mentions") {
			st.Mentions = append(st.Mentions, model.Mention{AccountID: anyID(t)})
		}
		for range rapid.IntRange(0, 2).Draw(t, "tags") {
			st.Tags = append(st.Tags, model.Tag{ID: model.ID(rapid.IntRange(1, 3).Draw(t, "tag")), Name: "t"})
		}
		if rapid.Bool().Draw(t, "reply") {
			st.IsReply, st.InReplyToAccountID = true, model.ID(rapid.IntRange(0, 6).Draw(t, "to"))
		}
		return st
	}
	st := one()
	switch rapid.IntRange(0, 3).Draw(t, "kind") {
	case 0:
		st.Reblog = one()
		st.ReblogOfID, st.ReblogOfAccountID = st.Reblog.ID, st.Reblog.AccountID
		st.Mentions, st.Tags, st.IsReply, st.InReplyToAccountID = nil, nil, false, 0
	case 1:
		q := one()
		st.Quote = &model.Quote{State: "accepted", QuotedStatusID: q.ID, QuotedAccountID: q.AccountID, Quoted: q}
	}
	return st
}

func anyRelations(t *rapid.T, viewer model.ID, now model.Time) *model.Relations {
	r := &model.Relations{
		AccountID: viewer, Following: map[model.ID]model.Follow{}, Blocking: map[model.ID]bool{}, BlockedBy: map[model.ID]bool{},
		Muting: map[model.ID]model.Mute{}, Domains: map[string]bool{}, Tags: map[model.ID]bool{}, Exclusive: map[model.ID]bool{}, Languages: map[string]bool{},
	}
	seldom := func(name string) bool { return rapid.IntRange(0, 7).Draw(t, name) == 0 }
	for id := model.ID(1); id <= 6; id++ {
		if rapid.Bool().Draw(t, "follows") {
			f := model.Follow{AccountID: viewer, TargetID: id, ShowReblogs: rapid.Bool().Draw(t, "reblogs")}
			if seldom("languages") {
				f.Languages = []string{"de"}
			}
			r.Following[id] = f
		}
		if seldom("mutes") {
			r.Muting[id] = model.Mute{AccountID: viewer, TargetID: id, ExpiresAt: rapid.SampledFrom([]model.Time{0, now - 1, now + 1}).Draw(t, "until")}
		}
		for name, set := range map[string]map[model.ID]bool{"blocks": r.Blocking, "blocked": r.BlockedBy, "exclusive": r.Exclusive} {
			_ = name
			if seldom("tie") {
				set[id] = true
			}
		}
	}
	for _, d := range []string{"a.example", "b.example"} {
		if seldom("domain") {
			r.Domains[d] = true
		}
	}
	for id := model.ID(1); id <= 2; id++ {
		if seldom("tag") {
			r.Tags[id] = true
		}
	}
	if seldom("chosen") {
		r.Languages["en"] = true
	}
	return r
}

func TestFramesOfClientsAreReadHoweverTheyArrive(t *testing.T) {
	t.Parallel()
	mask := func(first byte, payload string) []byte {
		b := []byte{first, 0x80 | byte(len(payload)), 9, 8, 7, 6}
		for i := range len(payload) {
			b = append(b, payload[i]^[]byte{9, 8, 7, 6}[i&3])
		}
		return b
	}
	whole := bytes.Join([][]byte{mask(0x81, "one"), mask(0x01, "tw"), mask(0x89, "ping"), mask(0x80, "o"), mask(0x81, "")}, nil)
	rapid.Check(t, func(t *rapid.T) {
		var in incoming
		var got []string
		for rest := whole; len(rest) > 0; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "n")
			bad := in.feed(append([]byte(nil), rest[:n]...), func(m []byte) { got = append(got, string(m)) },
				func(op byte, p []byte) { got = append(got, fmt.Sprint(op, string(p))) })
			if bad != nil {
				t.Fatal(bad)
			}
			rest = rest[n:]
		}
		if diff := cmp.Diff([]string{"one", "9ping", "two", ""}, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

func FuzzFramesOfClients(f *testing.F) {
	f.Add([]byte{0x81, 0x83, 1, 2, 3, 4, 'a', 'b', 'c'})
	f.Add([]byte{0x01, 0x80, 1, 2, 3, 4, 0x80, 0xfe, 0, 4, 1, 2, 3, 4, 5, 6, 7, 8})
	f.Fuzz(func(t *testing.T, b []byte) {
		var in incoming
		for part := range bytes.SplitSeq(b, []byte{0xff}) {
			bad := in.feed(bytes.Clone(part), func(m []byte) {
				if len(m) > maxFromClients {
					t.Errorf("a message of %d bytes", len(m))
				}
			}, func(byte, []byte) {})
			if bad != nil {
				return
			}
			if len(in.rest) > maxFromClients+14+len(part) || len(in.message) > maxFromClients {
				t.Errorf("%d and %d bytes are kept", len(in.rest), len(in.message))
			}
		}
	})
}

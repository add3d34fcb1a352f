package social

import (
	"testing"

	"gomphothere/internal/model"
)

func TestHowManySomebodyMayFollow(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		following, followers int64
		domain               string
		may                  bool
	}{
		{0, 0, "", true},
		{7499, 0, "", true},
		{7500, 0, "", false},
		{7500, 6819, "", true}, // 6,819 × 1.1 is 7,501
		{7501, 6819, "", false},
		{20_000, 20_000, "", true},
		{22_000, 20_000, "", false},
		{1_000_000, 0, "far.example", true}, // theirs to judge
	} {
		err := mayFollowMore(&model.Account{Domain: c.domain, FollowingCount: c.following, FollowersCount: c.followers})
		if (err == nil) != c.may {
			t.Errorf("follows %d, followed by %d, at %q: %v, want may %t", c.following, c.followers, c.domain, err, c.may)
		}
	}
}

package drill

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

// TestSeedStreams writes a data directory for measuring streams by hand: SEED_DIR gets a database with SEED_PEOPLE
// people (2,000), all of whom follow the first, and tokens.txt with a token each; the first is the author's. The domain
// is SEED_DOMAIN, which the server must be started with.
func TestSeedStreams(t *testing.T) {
	dir := os.Getenv("SEED_DIR")
	if dir == "" {
		t.Skip("SEED_DIR is not set: this makes data for measuring by hand")
	}
	people, err := strconv.Atoi(os.Getenv("SEED_PEOPLE"))
	if err != nil {
		people = 2000
	}
	tokens := seedFollowers(t, dir, "http://"+os.Getenv("SEED_DOMAIN"), people)
	if err := os.WriteFile(filepath.Join(dir, "tokens.txt"), []byte(strings.Join(tokens, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// seedFollowers makes people who follow the first of them, and a token for each.
func seedFollowers(t testing.TB, dir, base string, people int) (tokens []string) {
	t.Helper()
	ctx := context.Background()
	db, err := store.Open(ctx, store.Options{Dir: dir, Node: 40})
	if err != nil {
		t.Fatal(err)
	}
	const batch = 500
	var author model.ID
	app := &model.App{Name: "bench", RedirectURIs: []string{"urn:ietf:wg:oauth:2.0:oob"}, Scopes: "read write follow admin:read", ClientID: "bench", SecretHash: "-"}
	for from := 0; from < people; from += batch {
		err := db.Write(ctx, func(tx *store.Tx) error {
			if from == 0 {
				app.ID, app.CreatedAt = tx.NewID(), tx.Now()
				if err := tx.AddApp(app); err != nil {
					return err
				}
			}
			for i := from; i < min(people, from+batch); i++ {
				id, name := tx.NewID(), fmt.Sprintf("user%d", i)
				uri := base + "/ap/users/" + id.String()
				a := &model.Account{ID: id, Username: name, DisplayName: "Person " + name, URI: uri, URL: base + "/@" + name, ActorType: "Person",
					InboxURL: uri + "/inbox", Discoverable: true, ShowMedia: true, ShowMediaReplies: true, ShowFeatured: true, CreatedAt: tx.Now(), UpdatedAt: tx.Now()}
				role := model.RoleEveryone
				if i == 0 {
					author, role = id, model.RoleOwner
				}
				user := &model.User{ID: tx.NewID(), AccountID: id, Email: name + "@example.org", RoleID: role, Locale: "en", Approved: true, ConfirmedAt: tx.Now(), CreatedAt: tx.Now()}
				if _, err := tx.AddUser(a, user); err != nil {
					return err
				}
				token := "stream-token-" + name
				sum := sha256.Sum256([]byte(token))
				if err := tx.AddToken(&model.Token{ID: tx.NewID(), Hash: hex.EncodeToString(sum[:]), AppID: app.ID, UserID: user.ID, AccountID: id, Scopes: app.Scopes, CreatedAt: tx.Now()}, 100); err != nil {
					return err
				}
				tokens = append(tokens, token)
				if i > 0 {
					if err := tx.AddFollow(&model.Follow{ID: tx.NewID(), AccountID: id, TargetID: author, ShowReblogs: true, CreatedAt: tx.Now()}); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return tokens
}

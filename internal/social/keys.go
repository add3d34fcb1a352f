package social

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"time"

	"gomphothere/internal/model"
	"gomphothere/internal/store"
)

const (
	// rsaBits is what all software verifies; Mastodon's size.
	rsaBits = 2048
	// Where our keys stand below an actor's address. Mastodon's name for the RSA key is taken for granted by some.
	rsaKeyName     = "#main-key"
	ed25519KeyName = "#ed25519-key"
	// keysOutlive is how long the keys of a deleted account stay: deliveries of its Delete are tried for days.
	keysOutlive = 30 * 24 * time.Hour
	// pruneBatch is how many rows one transaction of a clean-up removes, so that others' writes come between.
	pruneBatch = 500
)

// KeysOf are an account's keys. One of ours gets an RSA and an Ed25519 key when they are first needed; however many
// ask at once, they are made once.
func (s *Social) KeysOf(ctx context.Context, a *model.Account) ([]model.Key, error) {
	keys, err := s.DB.Read(ctx).Keys(a.ID)
	if err != nil || !a.Local() || len(keys) > 0 {
		return keys, err
	}
	// Whoever asked first may hang up; the others still wait for what was begun.
	ctx = context.WithoutCancel(ctx)
	_, err, _ = s.keyring.Do(a.ID.String(), func() (any, error) {
		made, err := newKeys(a)
		if err != nil {
			return nil, err
		}
		return nil, s.DB.Write(ctx, func(tx *store.Tx) error {
			for _, k := range made {
				if err := tx.AddKey(k); err != nil { // another process may have been first: its keys stand
					return err
				}
			}
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	return s.DB.Read(ctx).Keys(a.ID)
}

// newKeys makes a pair of keys for one of ours. It takes a tenth of a second or so, so it never runs in a transaction.
func newKeys(a *model.Account) ([]model.Key, error) {
	r, err := rsa.GenerateKey(rand.Reader, rsaBits)
	if err != nil {
		return nil, fmt.Errorf("make an RSA key: %w", err)
	}
	_, e, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make an Ed25519 key: %w", err)
	}
	var out []model.Key
	for _, k := range []struct {
		name      string
		algorithm model.KeyAlgorithm
		signer    crypto.Signer
	}{{rsaKeyName, model.RSA, r}, {ed25519KeyName, model.Ed25519, e}} {
		public, err := x509.MarshalPKIXPublicKey(k.signer.Public())
		if err != nil {
			return nil, err
		}
		private, err := x509.MarshalPKCS8PrivateKey(k.signer)
		if err != nil {
			return nil, err
		}
		out = append(out, model.Key{
			AccountID: a.ID, KeyID: a.URI + k.name, Algorithm: k.algorithm,
			Public:  string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})),
			Private: string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})),
		})
	}
	return out, nil
}

// KeyByID finds a key by the address that a signature names, and whose it is. Nothing is fetched.
func (s *Social) KeyByID(ctx context.Context, keyID string) (*model.Key, *model.Account, error) {
	q := s.DB.Read(ctx)
	k, err := q.KeyByID(keyID)
	if err != nil {
		return nil, nil, err
	}
	a, err := q.Account(k.AccountID)
	if err != nil {
		return nil, nil, err
	}
	return k, a, nil
}

// RotateKeys gives one of ours new keys at once and tells other servers. Every delivery is signed when it is sent, so
// nothing under way needs the old ones; a server that still has them asks again when they do not fit.
func (s *Social) RotateKeys(ctx context.Context, id model.ID) error {
	a, err := s.DB.Read(ctx).Account(id)
	if err != nil {
		return err
	}
	if !a.Local() {
		return model.Invalidf("The account %s belongs to another server", a.Acct())
	}
	made, err := newKeys(a)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *store.Tx) error {
		if err := tx.LockAccounts(id); err != nil {
			return err
		}
		if _, err := tx.SetKeys(id, made); err != nil {
			return err
		}
		return s.tell(tx, model.Distribute{Activity: "Update Actor", Actor: id})
	})
}

// PruneKeys drops the keys of accounts long gone. A schedule runs it daily.
func (s *Social) PruneKeys(ctx context.Context) error {
	for n := pruneBatch; n == pruneBatch; {
		err := s.DB.Write(ctx, func(tx *store.Tx) (err error) {
			n, err = tx.PruneKeys(tx.Now().Add(-keysOutlive), pruneBatch)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// InstanceActor is the account that speaks for the server itself; it is made when it is first needed. No list, search
// or count shows it.
func (s *Social) InstanceActor(ctx context.Context) (*model.Account, error) {
	a, err := s.DB.Read(ctx).Account(model.InstanceActorID)
	if !model.IsNotFound(err) {
		return a, err
	}
	err = s.DB.Write(ctx, func(tx *store.Tx) error {
		name, err := s.instanceActorName(tx)
		if err != nil {
			return err
		}
		uri := s.Site.Base + "/actor"
		return tx.AddInstanceActor(&model.Account{
			ID: model.InstanceActorID, Username: name, ActorType: "Application", URI: uri, URL: s.Site.Base + "/about",
			InboxURL: uri + "/inbox", OutboxURL: uri + "/outbox", SharedInboxURL: s.Site.Base + "/inbox", Locked: true,
			CreatedAt: tx.Now(), UpdatedAt: tx.Now(),
		})
	})
	if err != nil {
		return nil, err
	}
	return s.DB.Read(ctx).Account(model.InstanceActorID)
}

// instanceActorName is the server's domain, as Mastodon has it. A domain without a dot, on a workbench, may be a
// person's name as well.
func (s *Social) instanceActorName(tx *store.Tx) (string, error) {
	name := s.Site.Domain
	if host, _, err := net.SplitHostPort(name); err == nil {
		name = host
	}
	taken, err := tx.UsernameTaken(name)
	if taken {
		name = "instance.actor"
	}
	return name, err
}

// newURI makes the address of an activity of ours that has a row: nobody can guess it. RFC 9562, version 7
func (s *Social) newURI(tx *store.Tx) string {
	var b [16]byte
	ms := uint64(tx.Now())
	for i := range 6 {
		b[i] = byte(ms >> (40 - 8*i))
	}
	rand.Read(b[6:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x70, b[8]&0x3f|0x80
	return fmt.Sprintf("%s/%x-%x-%x-%x-%x", s.Site.Base, b[0:4], b[4:6], b[6:8], b[8:10], b[10:])
}

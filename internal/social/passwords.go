package social

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"

	"gomphothere/internal/model"
)

// OWASP's second set for argon2id: 24 ms of one core here, and 19 MiB.
const (
	argonMemory  = 19 * 1024 // KiB
	argonTime    = 2
	argonThreads = 1
	argonSalt    = 16
	argonKey     = 32
	// Hashes at once: more would take all cores and 19 MiB each from those who are signed in.
	hashesAtOnce = 2
	// Sign-ins that wait for a hash; with 24 ms each the last waits under a second.
	hashesWaiting = 64
	// What we accept of hashes made elsewhere.
	maxArgonMemory = 128 * 1024 // KiB
	maxArgonTime   = 10
)

// Mastodon: Devise password_length, whose upper end is bcrypt's.
const (
	minPassword = 8
	maxPassword = 256 // bytes; argon2id has no end of its own, requests should
)

// people is what sign-in keeps in memory.
type people struct {
	limits  Limits
	hashing chan struct{}
	waiting chan struct{}
}

func newPeople() *people {
	return &people{hashing: make(chan struct{}, hashesAtOnce), waiting: make(chan struct{}, hashesWaiting)}
}

// hashingTurn waits for a turn to hash; the caller calls done.
func (s *Social) hashingTurn(ctx context.Context) (done func(), err error) {
	select {
	case s.people.waiting <- struct{}{}:
	default:
		return nil, model.Unavailable("Too many people are signing in right now, please try again in a moment", nil)
	}
	defer func() { <-s.people.waiting }()
	select {
	case s.people.hashing <- struct{}{}:
		return func() { <-s.people.hashing }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// hashPassword gives the PHC string of argon2id.
func (s *Social) hashPassword(ctx context.Context, password string) (string, error) {
	done, err := s.hashingTurn(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	salt := make([]byte, argonSalt)
	rand.Read(salt) // never fails, says crypto/rand
	key := argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonThreads, argonKey)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonThreads,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key)), nil
}

// checkPassword compares in constant time. An empty hash costs what a real one does and is never right. old says
// that the password should be hashed anew.
func (s *Social) checkPassword(ctx context.Context, hash, password string) (ok, old bool, err error) {
	done, err := s.hashingTurn(ctx)
	if err != nil {
		return false, false, err
	}
	defer done()
	if len(password) > maxPassword {
		hash = "" // never accepted, and as slow as a wrong one
	}
	if strings.HasPrefix(hash, "$2") {
		const bcryptReads = 72 // bytes; Mastodon cuts there too
		p := []byte(password)
		err := bcrypt.CompareHashAndPassword([]byte(hash), p[:min(len(p), bcryptReads)])
		return err == nil, true, nil
	}
	memory, passes, threads, salt, want, known := parseArgon(hash)
	if !known {
		argon2.IDKey([]byte(password), make([]byte, argonSalt), argonTime, argonMemory, argonThreads, argonKey)
		return false, false, nil
	}
	got := argon2.IDKey([]byte(password), salt, passes, memory, threads, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1, memory != argonMemory || passes != argonTime || threads != argonThreads, nil
}

func parseArgon(hash string) (memory, passes uint32, threads uint8, salt, key []byte, ok bool) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return 0, 0, 0, nil, nil, false
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &passes, &threads); err != nil {
		return 0, 0, 0, nil, nil, false
	}
	salt, errSalt := base64.RawStdEncoding.DecodeString(parts[4])
	key, errKey := base64.RawStdEncoding.DecodeString(parts[5])
	ok = errSalt == nil && errKey == nil && len(key) >= 16 && len(key) <= 64 &&
		memory <= maxArgonMemory && passes >= 1 && passes <= maxArgonTime && threads >= 1
	return memory, passes, threads, salt, key, ok
}

// passwordFails says what is wrong with a new password, if anything.
func passwordFails(password string) []model.FieldFail {
	switch {
	case password == "":
		return []model.FieldFail{{Error: "ERR_BLANK", Description: "can't be blank"}}
	case utf8.RuneCountInString(password) < minPassword:
		return []model.FieldFail{{Error: "ERR_TOO_SHORT", Description: fmt.Sprintf("is too short (minimum is %d characters)", minPassword)}}
	case len(password) > maxPassword || !utf8.ValidString(password):
		return []model.FieldFail{{Error: "ERR_TOO_LONG", Description: fmt.Sprintf("is too long (maximum is %d characters)", maxPassword)}}
	}
	return nil
}

// NewPassword makes one for a person who will choose their own later.
func NewPassword() string { return strings.ToLower(rand.Text()[:20]) }

// newSecret makes what links, cookies and tokens carry: 32 random bytes, as Mastodon's tokens are.
func newSecret() string {
	b := make([]byte, 32)
	rand.Read(b) // never fails, says crypto/rand
	return base64.RawURLEncoding.EncodeToString(b)
}

// Hash is how secrets with enough randomness of their own are kept and found. Looking up by hash tells an attacker
// who measures time nothing about the secret.
func Hash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// SameSecret compares a secret with a kept hash in constant time.
func SameSecret(hash, secret string) bool {
	return hash != "" && subtle.ConstantTimeCompare([]byte(hash), []byte(Hash(secret))) == 1
}

// Codes of an authenticator app: RFC 6238 with what every app understands.
const (
	totpStep   = 30 * time.Second
	totpDigits = 6
	totpSkew   = 1 // steps a clock may be wrong
	totpSecret = 20
)

// NewTOTPSecret makes a key for an authenticator app, base32.
func NewTOTPSecret() string {
	b := make([]byte, totpSecret)
	rand.Read(b) // never fails, says crypto/rand
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b)
}

// totpMatch finds the time step that a code belongs to, if it is later than the last one used.
func totpMatch(secret, code string, now model.Time, last int64) (step int64, ok bool) {
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ToUpper(strings.TrimRight(secret, "=")))
	if err != nil || len(key) == 0 || len(code) != totpDigits {
		return 0, false
	}
	current := int64(now) / totpStep.Milliseconds()
	for at := current - totpSkew; at <= current+totpSkew; at++ {
		same := subtle.ConstantTimeCompare([]byte(totpCode(key, at)), []byte(code)) == 1
		if same && at > last {
			return at, true
		}
	}
	return 0, false
}

// totpCode is RFC 4226 §5.3.
func totpCode(key []byte, step int64) string {
	mac := hmac.New(sha1.New, key)
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(step))
	mac.Write(b[:])
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	n := binary.BigEndian.Uint32(sum[at:at+4]) & 0x7fffffff
	return fmt.Sprintf("%06d", n%1_000_000)
}

const recoveryCodes = 10 // Mastodon: otp_number_of_backup_codes

// newRecoveryCodes makes codes of 80 bits, written in fours, and their hashes.
func newRecoveryCodes() (codes, hashes []string) {
	for range recoveryCodes {
		c := strings.ToLower(rand.Text()[:16])
		codes = append(codes, c[:4]+"-"+c[4:8]+"-"+c[8:12]+"-"+c[12:])
		hashes = append(hashes, Hash(c))
	}
	return codes, hashes
}

// plainCode is a code as it was made, however it was typed.
func plainCode(typed string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '-' || r == ' ' || r == '\t':
			return -1
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return r
	}, typed)
}

package testkit

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gomphothere/internal/store"
)

// PushService is what brings messages to phones: a real HTTP server that keeps what it takes.
type PushService struct {
	URL string
	t   testing.TB
	got chan *PushMessage

	mu     sync.Mutex
	answer http.HandlerFunc
	keys   map[string]*PhoneKeys // by path
}

// PhoneKeys are an app's own, which the server encrypts to.
type PhoneKeys struct {
	key  *ecdh.PrivateKey
	auth []byte
}

// PushMessage is a request as the service got it, opened with the app's keys.
type PushMessage struct {
	Header http.Header
	Path   string
	JSON
}

// NewPushService starts one.
func NewPushService(t testing.TB) *PushService {
	t.Helper()
	s := &PushService{t: t, got: make(chan *PushMessage, 1000), keys: map[string]*PhoneKeys{}}
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	s.URL = srv.URL
	return s
}

// Answers makes the service answer otherwise than 201; nil goes back to that.
func (s *PushService) Answers(h http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = h
}

func (s *PushService) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		s.t.Error(err)
	}
	s.mu.Lock()
	answer, keys := s.answer, s.keys[r.URL.Path]
	s.mu.Unlock()
	if keys == nil {
		s.t.Errorf("a message to %s, which nobody subscribed to", r.URL.Path)
		return
	}
	plain, err := keys.open(r.Header, body)
	if err != nil {
		s.t.Errorf("a message that cannot be opened: %v", err)
	}
	m := &PushMessage{Header: r.Header.Clone(), Path: r.URL.Path}
	if err := json.Unmarshal(plain, &m.JSON); err != nil {
		s.t.Errorf("%s: %v", plain, err)
	}
	if answer != nil {
		answer(w, r)
	} else {
		w.WriteHeader(http.StatusCreated)
	}
	s.got <- m
}

// Next waits for the next message.
func (s *PushService) Next() *PushMessage {
	s.t.Helper()
	select {
	case m := <-s.got:
		return m
	case <-time.After(time.Minute): // only a failing test waits
		s.t.Fatal("no push message came")
		return nil
	}
}

// Phone makes keys for an app and gives what it sends to subscribe at a path of this service.
func (s *PushService) Phone(path string, standard bool, alerts ...string) P {
	s.t.Helper()
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		s.t.Fatal(err)
	}
	k := &PhoneKeys{key, make([]byte, 16)}
	rand.Read(k.auth)
	s.mu.Lock()
	s.keys[path] = k
	s.mu.Unlock()
	wants := map[string]bool{}
	for _, a := range alerts {
		wants[a] = true
	}
	return P{
		"subscription": P{"endpoint": s.URL + path, "standard": standard, "keys": P{
			"p256dh": base64.URLEncoding.EncodeToString(key.PublicKey().Bytes()), "auth": base64.URLEncoding.EncodeToString(k.auth),
		}},
		"data": P{"alerts": wants},
	}
}

// open decrypts as receivers do, from what came alone: RFC 8291, and the draft before it.
func (k *PhoneKeys) open(h http.Header, body []byte) ([]byte, error) {
	own := string(k.key.PublicKey().Bytes())
	switch h.Get("Content-Encoding") {
	case "aes128gcm":
		if len(body) < 21 || len(body) < 21+int(body[20]) {
			return nil, errors.New("short")
		}
		salt, public := body[:16], body[21:21+int(body[20])]
		plain, err := k.unseal(salt, public, "WebPush: info\x00"+own+string(public), "aes128gcm\x00", "nonce\x00", body[21+len(public):])
		if err != nil || len(plain) == 0 || plain[len(plain)-1] != 2 {
			return nil, errors.Join(err, errors.New("no delimiter"))
		}
		return plain[:len(plain)-1], nil
	case "aesgcm":
		salt, err := unbase64(strings.TrimPrefix(h.Get("Encryption"), "salt="))
		if err != nil {
			return nil, err
		}
		dh, _, _ := strings.Cut(strings.TrimPrefix(h.Get("Crypto-Key"), "dh="), ";")
		public, err := unbase64(dh)
		if err != nil {
			return nil, err
		}
		context := "\x00P-256\x00\x00\x41" + own + "\x00\x41" + string(public)
		plain, err := k.unseal(salt, public, "Content-Encoding: auth\x00", "aesgcm"+context, "nonce"+context, body)
		if err != nil || len(plain) < 2 {
			return nil, errors.Join(err, errors.New("no padding"))
		}
		return plain[2+int(binary.BigEndian.Uint16(plain)):], nil
	}
	return nil, errors.New("encoding " + h.Get("Content-Encoding"))
}

func unbase64(s string) ([]byte, error) { return base64.RawURLEncoding.DecodeString(s) }

func (k *PhoneKeys) unseal(salt, public []byte, info, keyInfo, nonceInfo string, body []byte) ([]byte, error) {
	theirs, err := ecdh.P256().NewPublicKey(public)
	if err != nil {
		return nil, err
	}
	shared, err := k.key.ECDH(theirs)
	if err != nil {
		return nil, err
	}
	ikm, err := hkdf.Key(sha256.New, shared, k.auth, info, 32)
	if err != nil {
		return nil, err
	}
	key, err := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: "+keyInfo, 16)
	if err != nil {
		return nil, err
	}
	nonce, err := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: "+nonceInfo, 12)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	return gcm.Open(nil, nonce, body, nil)
}

// Waiting is how many messages came that nobody took yet.
func (s *PushService) Waiting() int { return len(s.got) }

// Until waits for something that becomes true by itself, soon.
func Until(t testing.TB, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !is(); { // only a failing test waits so long
		if time.Now().After(deadline) {
			t.Fatalf("in vain: %s", what)
		}
		<-time.After(5 * time.Millisecond)
	}
}

// Settle waits until no job of a kind waits or runs.
func (s *Server) Settle(kind string) {
	s.t.Helper()
	Until(s.t, "no job of "+kind+" waits", func() bool {
		counts, err := s.DB.Read(context.Background()).JobCounts()
		if err != nil {
			s.t.Fatal(err)
		}
		return !slices.ContainsFunc(counts, func(c store.KindCount) bool { return c.Kind == kind && c.Waiting > 0 })
	})
}

package ap

import (
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"slices"
	"strings"

	"gomphothere/internal/model"
)

const maxKeyText = 16 << 10 // bytes; RSA with 16384 bits takes 3 KB

// keys reads publicKey and assertionMethod: one or many, in whole; what is only named is left away.
func (p *parser) keys(o *Object) error {
	return p.each(func() error {
		if p.dec.PeekKind() != '{' || len(o.PublicKeys) >= maxKeys {
			return p.skip()
		}
		k, err := p.object()
		if err != nil {
			return err
		}
		o.PublicKeys = append(o.PublicKeys, k.PublicKeys...)
		return nil
	})
}

// publicKey is the key that an object is, nil when it is none that is understood.
func publicKey(o *Object, late *fields) *PublicKey {
	var public any
	switch {
	case late.pem != "":
		public = fromPEM(late.pem)
	case late.base != "":
		public = fromMultibase(late.base)
	}
	k := PublicKey{ID: o.ID, Owner: o.Owner, Expires: late.expires}
	switch public.(type) {
	case *rsa.PublicKey:
		k.Algorithm = model.RSA
	case ed25519.PublicKey:
		k.Algorithm = model.Ed25519
	default:
		return nil
	}
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return nil
	}
	k.PEM = string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	return &k
}

// fromPEM reads a key as Mastodon and all others show RSA keys; PKCS #1 too, as some write it.
func fromPEM(s string) any {
	if len(s) > maxKeyText {
		return nil
	}
	if !strings.Contains(s, "\n") {
		s = strings.ReplaceAll(s, `\n`, "\n") // escaped twice
	}
	block, _ := pem.Decode([]byte(strings.TrimSpace(s) + "\n"))
	if block == nil {
		return nil
	}
	if block.Type == "RSA PUBLIC KEY" {
		if k, err := x509.ParsePKCS1PublicKey(block.Bytes); err == nil {
			return k
		}
	}
	k, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil
	}
	return k
}

// fromMultibase reads a Multikey's publicKeyMultibase (FEP-521a; W3C Controlled Identifiers §2.2.2).
func fromMultibase(s string) any {
	if len(s) < 2 || len(s) > maxKeyText {
		return nil
	}
	var b []byte
	switch s[0] {
	case 'z':
		if len(s) > 4096 {
			return nil // base58 costs the square of its length; RSA with 16384 bits takes 2.9 KB
		}
		b = base58(s[1:])
	case 'u':
		b, _ = base64.RawURLEncoding.DecodeString(s[1:])
	}
	switch {
	case len(b) == 2+ed25519.PublicKeySize && b[0] == 0xed && b[1] == 0x01:
		return ed25519.PublicKey(b[2:])
	case len(b) > 2 && b[0] == 0x85 && b[1] == 0x24:
		if k, err := x509.ParsePKCS1PublicKey(b[2:]); err == nil {
			return k
		}
		if k, err := x509.ParsePKIXPublicKey(b[2:]); err == nil {
			return k
		}
	}
	return nil
}

const base58Alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

// base58 reads Bitcoin's base 58, nil for what is none.
func base58(s string) []byte {
	n, radix := new(big.Int), big.NewInt(58)
	zeros := 0
	for i := range len(s) {
		digit := strings.IndexByte(base58Alphabet, s[i])
		if digit < 0 {
			return nil
		}
		if digit == 0 && zeros == i {
			zeros++
		}
		n.Mul(n, radix).Add(n, big.NewInt(int64(digit)))
	}
	return append(make([]byte, zeros), n.Bytes()...)
}

// toBase58 writes Bitcoin's base 58.
func toBase58(b []byte) string {
	n, radix, digit := new(big.Int).SetBytes(b), big.NewInt(58), new(big.Int)
	var out []byte
	for n.Sign() > 0 {
		n.DivMod(n, radix, digit)
		out = append(out, base58Alphabet[digit.Int64()])
	}
	for i := 0; i < len(b) && b[i] == 0; i++ {
		out = append(out, base58Alphabet[0])
	}
	slices.Reverse(out)
	return string(out)
}

package httpsig

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"strings"

	"gomphothere/internal/model"
)

// Sizes of RSA keys, in bits. BookWyrm made 1024 until 2023 and its accounts keep their keys; Go refuses less.
// Friendica and Hubzilla make 4096, whose check costs eleven times that of 2048: more would be an attack.
const (
	minRSA = 1024
	maxRSA = 4096
)

// maxPEM bounds what is parsed: a key of 4096 bits takes 800 bytes.
const maxPEM = 8 << 10

// ParseKey reads somebody's public key: RSA of 1024 to 4096 bits, or Ed25519. What it refuses is refused with
// WrongKey.
func ParseKey(k model.Key) (crypto.PublicKey, error) {
	block, err := parsePEM(k.Public)
	if err != nil {
		return nil, err
	}
	if block.Type == "RSA PUBLIC KEY" { // old spelling: PKCS #1
		key, err := x509.ParsePKCS1PublicKey(block.Bytes)
		if err != nil {
			return nil, refuse(WrongKey, "Public key cannot be read")
		}
		return key, goodRSA(key)
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil { // some write PKCS #1 under the new name
		old, err := x509.ParsePKCS1PublicKey(block.Bytes)
		if err != nil {
			return nil, refuse(WrongKey, "Public key cannot be read")
		}
		key = old
	}
	return goodKey(key)
}

// ParsePrivate reads a key of ours.
func ParsePrivate(k model.Key) (crypto.Signer, error) {
	block, err := parsePEM(k.Private)
	if err != nil {
		return nil, err
	}
	if block.Type == "RSA PRIVATE KEY" { // as Mastodon keeps them
		key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
		if err != nil {
			return nil, refuse(WrongKey, "Private key cannot be read")
		}
		return key, goodRSA(&key.PublicKey)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, refuse(WrongKey, "Private key cannot be read")
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, refuse(WrongKey, "Key of a kind that is not taken")
	}
	if _, err := goodKey(signer.Public()); err != nil {
		return nil, err
	}
	return signer, nil
}

func parsePEM(text string) (*pem.Block, error) {
	if len(text) > maxPEM {
		return nil, refuse(WrongKey, "Key is too long")
	}
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, refuse(WrongKey, "Key is no PEM")
	}
	return block, nil
}

func goodKey(key crypto.PublicKey) (crypto.PublicKey, error) {
	switch key := key.(type) {
	case *rsa.PublicKey:
		return key, goodRSA(key)
	case ed25519.PublicKey:
		return key, nil
	}
	return nil, refuse(WrongKey, "Key is neither RSA nor Ed25519")
}

func goodRSA(key *rsa.PublicKey) error {
	switch bits := key.N.BitLen(); {
	case bits < minRSA:
		return refuse(WrongKey, "RSA key of %d bits is too short: %d is the least", bits, minRSA)
	case bits > maxRSA:
		return refuse(WrongKey, "RSA key of %d bits is too long: %d is the most", bits, maxRSA)
	}
	return nil
}

// PEM writes a public key as documents show it: SubjectPublicKeyInfo.
func PEM(key crypto.PublicKey) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return "", refuse(WrongKey, "Key cannot be written")
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), nil
}

// The multicodec prefixes of FEP-521a keys.
const (
	codecEd25519 = "\xed\x01"
	codecRSA     = "\x85\x24" // PKCS #1
)

// ParseMultikey reads publicKeyMultibase (FEP-521a): base58btc of a multicodec prefix and the key.
func ParseMultikey(text string) (crypto.PublicKey, error) {
	if len(text) < 2 || len(text) > maxMultikey || text[0] != 'z' {
		return nil, refuse(WrongKey, "Multikey is no base58btc")
	}
	raw, ok := base58(text[1:])
	if !ok || len(raw) < 3 {
		return nil, refuse(WrongKey, "Multikey is no base58btc")
	}
	switch codec, key := string(raw[:2]), raw[2:]; {
	case codec == codecEd25519 && len(key) == ed25519.PublicKeySize:
		return ed25519.PublicKey(key), nil
	case codec == codecRSA:
		parsed, err := x509.ParsePKCS1PublicKey(key)
		if err != nil {
			return nil, refuse(WrongKey, "Multikey cannot be read")
		}
		return parsed, goodRSA(parsed)
	}
	return nil, refuse(WrongKey, "Multikey is neither RSA nor Ed25519")
}

// Multikey writes an Ed25519 key as publicKeyMultibase.
func Multikey(key ed25519.PublicKey) string {
	return "z" + Base58(append([]byte(codecEd25519), key...))
}

// maxMultikey: an RSA key of 4096 bits takes 730 digits, and reading takes the square of their number.
const maxMultikey = 800

const digits58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

// ParseBase58 reads base58btc of at most 800 digits.
func ParseBase58(s string) ([]byte, bool) {
	if len(s) > maxMultikey {
		return nil, false
	}
	return base58(s)
}

func base58(s string) ([]byte, bool) {
	n, radix := new(big.Int), big.NewInt(58)
	zeros, leading := 0, true
	for i := range len(s) {
		d := strings.IndexByte(digits58, s[i])
		if d < 0 {
			return nil, false
		}
		if leading = leading && d == 0; leading {
			zeros++
		}
		n.Add(n.Mul(n, radix), big.NewInt(int64(d)))
	}
	return append(make([]byte, zeros), n.Bytes()...), true
}

// Base58 writes base58btc.
func Base58(b []byte) string {
	n, radix, rest := new(big.Int).SetBytes(b), big.NewInt(58), new(big.Int)
	var out []byte
	for n.Sign() > 0 {
		n.DivMod(n, radix, rest)
		out = append(out, digits58[rest.Int64()])
	}
	for i := 0; i < len(b) && b[i] == 0; i++ {
		out = append(out, digits58[0])
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return string(out)
}

package httpsig

import (
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"strings"
)

func digest(body []byte) string {
	sum := sha256.Sum256(body)
	return "SHA-256=" + base64.StdEncoding.EncodeToString(sum[:])
}

func contentDigest(body []byte) string {
	sum := sha256.Sum256(body)
	return "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"
}

// checkDigest compares a Digest (RFC 3230) with the body. Every sum of a known kind has to fit, and one has to be
// there.
func checkDigest(values []string, body []byte) error {
	known := 0
	for part := range strings.SplitSeq(strings.Join(values, ","), ",") {
		name, sum, ok := strings.Cut(strings.TrimSpace(part), "=")
		if !ok {
			return refuse(Malformed, "Digest header cannot be read")
		}
		got, err := decode64(strings.TrimSpace(sum))
		is, err2 := checkSum(strings.ToLower(name), got, body)
		if is && err != nil {
			return refuse(Malformed, "Digest header is no base64")
		}
		if err2 != nil {
			return err2
		}
		if is {
			known++
		}
	}
	if known == 0 {
		return refuse(WrongDigest, "Digest header has no SHA-256")
	}
	return nil
}

// checkContentDigest is checkDigest for RFC 9530.
func checkContentDigest(values []string, body []byte) error {
	members, err := parseDictionary(strings.Join(values, ","))
	if err != nil {
		return refuse(Malformed, "Content-Digest header cannot be read")
	}
	known := 0
	for _, m := range members {
		sum, bytes := m.item.value.([]byte)
		is, err := checkSum(m.key, sum, body)
		if is && !bytes {
			return refuse(Malformed, "Content-Digest header has no bytes")
		}
		if err != nil {
			return err
		}
		if is {
			known++
		}
	}
	if known == 0 {
		return refuse(WrongDigest, "Content-Digest header has no sha-256")
	}
	return nil
}

// checkSum compares one sum, and tells whether its kind is known.
func checkSum(name string, got, body []byte) (known bool, err error) {
	var want []byte
	switch name {
	case "sha-256":
		sum := sha256.Sum256(body)
		want = sum[:]
	case "sha-512":
		sum := sha512.Sum512(body)
		want = sum[:]
	default:
		return false, nil
	}
	if subtle.ConstantTimeCompare(got, want) != 1 {
		return true, refuse(WrongDigest, "The body does not have the digest that is signed (%s)", name)
	}
	return true, nil
}

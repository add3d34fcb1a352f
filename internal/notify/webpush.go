package notify

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// envelope is an encrypted push message.
type envelope struct {
	salt   []byte
	public []byte // the key made for this message
	body   []byte
}

const (
	saltSize = 16
	keySize  = 16
	// RFC 8291 §4: push services need not take more than 4096 bytes. What encryption adds is off it, here for both forms.
	maxMessage = 4096 - saltSize - 4 - 1 - 65 - 1 - 16
	recordSize = 4096
)

// encrypt is aes128gcm (RFC 8188, RFC 8291). one is a key pair for this message alone, salt 16 random bytes.
func encrypt(one *ecdh.PrivateKey, salt, p256dh, auth, plain []byte) (*envelope, error) {
	theirs, shared, err := agree(one, p256dh, plain)
	if err != nil {
		return nil, err
	}
	public := one.PublicKey().Bytes()
	ikm, err := hkdf.Key(sha256.New, shared, auth, "WebPush: info\x00"+string(theirs)+string(public), 32)
	if err != nil {
		return nil, err
	}
	head := append([]byte{}, salt...)
	head = binary.BigEndian.AppendUint32(head, recordSize)
	head = append(append(head, byte(len(public))), public...)
	const last = 2 // RFC 8188 §2: the delimiter of the only record
	body, err := sealed(ikm, salt, "Content-Encoding: aes128gcm\x00", "Content-Encoding: nonce\x00", append(plain[:len(plain):len(plain)], last), head)
	return &envelope{salt, public, body}, err
}

// encryptDraft is aesgcm, of the drafts before it (draft-ietf-webpush-encryption-04), which older apps' relays know.
func encryptDraft(one *ecdh.PrivateKey, salt, p256dh, auth, plain []byte) (*envelope, error) {
	theirs, shared, err := agree(one, p256dh, plain)
	if err != nil {
		return nil, err
	}
	public := one.PublicKey().Bytes()
	ikm, err := hkdf.Key(sha256.New, shared, auth, "Content-Encoding: auth\x00", 32)
	if err != nil {
		return nil, err
	}
	context := []byte("P-256\x00")
	for _, key := range [][]byte{theirs, public} {
		context = append(binary.BigEndian.AppendUint16(context, uint16(len(key))), key...)
	}
	noPadding := []byte{0, 0}
	body, err := sealed(ikm, salt, "Content-Encoding: aesgcm\x00"+string(context), "Content-Encoding: nonce\x00"+string(context), append(noPadding, plain...), nil)
	return &envelope{salt, public, body}, err
}

// agree makes the secret that both sides share.
func agree(one *ecdh.PrivateKey, p256dh, plain []byte) (theirs, shared []byte, err error) {
	if len(plain) > maxMessage {
		return nil, nil, fmt.Errorf("a push message of %d bytes; %d are the most", len(plain), maxMessage)
	}
	key, err := ecdh.P256().NewPublicKey(p256dh)
	if err != nil {
		return nil, nil, err
	}
	shared, err = one.ECDH(key)
	return key.Bytes(), shared, err
}

func sealed(ikm, salt []byte, keyInfo, nonceInfo string, plain, head []byte) ([]byte, error) {
	key, err := hkdf.Key(sha256.New, ikm, salt, keyInfo, keySize)
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
	nonce, err := hkdf.Key(sha256.New, ikm, salt, nonceInfo, gcm.NonceSize())
	if err != nil {
		return nil, err
	}
	return gcm.Seal(head, nonce, plain, nil), nil
}

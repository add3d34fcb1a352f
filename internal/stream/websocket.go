package stream

import (
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"strings"
)

// The WebSocket protocol, the server's side of it (RFC 6455). It is written out here because every library owns its
// socket and its buffers: none lets one frame be shared by all sockets and written without waiting.

// opcodes
const (
	opContinue = 0x0
	opText     = 0x1
	opBinary   = 0x2
	opClose    = 0x8
	opPing     = 0x9
	opPong     = 0xa

	finBit  = 0x80
	maskBit = 0x80
)

// Close codes (RFC 6455 §7.4.1).
const (
	codeNone       = 0 // a close frame without a code
	codeGoingAway  = 1001
	codeProtocol   = 1002
	codeUnsupport  = 1003
	codePolicy     = 1008
	codeTooBig     = 1009
	codeTryAgain   = 1013
	maxControl     = 125     // bytes in a control frame (§5.5)
	maxFromClients = 4 << 10 // subscriptions have some hundred bytes
)

// acceptKey answers a client's Sec-WebSocket-Key (§4.2.2).
func acceptKey(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// upgrading tells whether a request asks for a WebSocket.
func upgrading(r *http.Request) bool {
	return hasToken(r.Header, "Connection", "upgrade") && hasToken(r.Header, "Upgrade", "websocket")
}

func hasToken(h http.Header, name, token string) bool {
	for _, v := range h.Values(name) {
		for t := range strings.SplitSeq(v, ",") {
			if strings.EqualFold(strings.TrimSpace(t), token) {
				return true
			}
		}
	}
	return false
}

// appendFrame appends an unmasked frame, as servers send them (§5.2).
func appendFrame(dst []byte, op byte, payload []byte) []byte {
	dst = append(dst, finBit|op)
	switch n := len(payload); {
	case n <= maxControl:
		dst = append(dst, byte(n))
	case n < 1<<16:
		dst = append(dst, 126)
		dst = binary.BigEndian.AppendUint16(dst, uint16(n))
	default:
		dst = append(dst, 127)
		dst = binary.BigEndian.AppendUint64(dst, uint64(n))
	}
	return append(dst, payload...)
}

func textFrame(payload []byte) []byte {
	return appendFrame(make([]byte, 0, len(payload)+10), opText, payload)
}

func closeFrame(code uint16, reason string) []byte {
	if code == codeNone {
		return appendFrame(nil, opClose, nil)
	}
	b := binary.BigEndian.AppendUint16(nil, code)
	return appendFrame(nil, opClose, append(b, reason[:min(len(reason), maxControl-2)]...))
}

// incoming is what a client has sent of a frame or a message that is not whole yet; nothing, nearly always.
type incoming struct {
	rest    []byte // of a frame
	message []byte // of a message in fragments
	open    bool   // a message in fragments has begun
}

// fault is how a client broke the protocol.
type fault struct {
	code   uint16
	reason string
}

// feed takes in what was read and calls message and control for what is whole. b is changed.
func (in *incoming) feed(b []byte, message func([]byte), control func(op byte, payload []byte)) *fault {
	if len(in.rest) > 0 {
		b = append(in.rest, b...)
		in.rest = nil
	}
	for len(b) > 0 {
		op, fin, payload, n, bad := parseFrame(b)
		if bad != nil {
			return bad
		}
		if n == 0 { // more is to come
			in.rest = append([]byte(nil), b...)
			return nil
		}
		b = b[n:]
		switch {
		case op == opPing || op == opPong:
			control(op, payload)
		case op == opClose:
			control(op, payload)
			return nil // whatever follows is not for us (§5.5.1)
		case op == opBinary:
			return &fault{codeUnsupport, "only text is understood"}
		case op == opText == in.open: // a new message within another, or a fragment of none
			return &fault{codeProtocol, "fragments out of order"}
		case len(in.message)+len(payload) > maxFromClients:
			return &fault{codeTooBig, "too long"}
		case fin && !in.open:
			message(payload)
		case fin:
			whole := append(in.message, payload...)
			in.message, in.open = nil, false
			message(whole)
		default:
			in.message, in.open = append(in.message, payload...), true
		}
	}
	return nil
}

// parseFrame reads one frame from the beginning of b and unmasks it in place; n is its length, 0 when it is not whole.
func parseFrame(b []byte) (op byte, fin bool, payload []byte, n int, bad *fault) {
	if len(b) < 2 {
		return 0, false, nil, 0, nil
	}
	op, fin = b[0]&0x0f, b[0]&finBit != 0
	size, head := int(b[1]&^maskBit), 2
	switch {
	case b[0]&0x70 != 0, op > opBinary && op < opClose, op > opPong:
		return 0, false, nil, 0, &fault{codeProtocol, "an extension nobody agreed on"}
	case b[1]&maskBit == 0:
		return 0, false, nil, 0, &fault{codeProtocol, "clients mask what they send"}
	case op >= opClose && (!fin || size > maxControl):
		return 0, false, nil, 0, &fault{codeProtocol, "a control frame is short and whole"}
	case size == 127:
		return 0, false, nil, 0, &fault{codeTooBig, "too long"} // no frame of a client needs 64 KB
	case size == 126:
		if len(b) < 4 {
			return 0, false, nil, 0, nil
		}
		size, head = int(binary.BigEndian.Uint16(b[2:])), 4
	}
	if size > maxFromClients {
		return 0, false, nil, 0, &fault{codeTooBig, "too long"}
	}
	if len(b) < head+4+size {
		return 0, false, nil, 0, nil
	}
	mask, payload := b[head:head+4], b[head+4:head+4+size]
	for i := range payload {
		payload[i] ^= mask[i&3]
	}
	return op, fin, payload, head + 4 + size, nil
}

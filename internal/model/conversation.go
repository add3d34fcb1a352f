package model

import "strings"

// ContextURI is the address of a thread that began here with a status of account's (FEP-7888), as Mastodon has it.
func (s Site) ContextURI(account, conversation ID) string {
	return s.Base + "/contexts/" + account.String() + "-" + conversation.String()
}

// Context reads such an address.
func (s Site) Context(uri string) (account, conversation ID, ok bool) {
	rest, ok := strings.CutPrefix(uri, s.Base+"/contexts/")
	if !ok {
		return 0, 0, false
	}
	first, second, ok := strings.Cut(rest, "-")
	if !ok {
		return 0, 0, false
	}
	account, err := ParseID(first)
	if err != nil {
		return 0, 0, false
	}
	conversation, err = ParseID(second)
	return account, conversation, err == nil && conversation != 0
}

// Thread is a conversation by its address: of another server's, which gave it URI, or of ours, begun by AccountID.
type Thread struct {
	ID        ID
	URI       string
	AccountID ID
}

// Address is where a thread's statuses can be asked for; "" when its server gave it no name.
func (s Site) Address(t Thread) string {
	switch {
	case t.URI != "":
		return t.URI
	case t.AccountID != 0:
		return s.ContextURI(t.AccountID, t.ID)
	}
	return ""
}

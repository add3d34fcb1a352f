package entity

import "gomphothere/internal/model"

// Conversation is a thread of direct statuses (Mastodon API: entities/Conversation).
type Conversation struct {
	ID         model.ID  `json:"id"`
	Unread     bool      `json:"unread"`
	Accounts   []Account `json:"accounts"`
	LastStatus *Status   `json:"last_status"`
}

// Conversation draws a hydrated conversation.
func (d *Drawer) Conversation(c *model.Conversation, v *model.Viewer) Conversation {
	e := Conversation{ID: c.ID, Unread: c.Unread, Accounts: d.Accounts(c.Participants)}
	if c.LastStatus != nil {
		s := d.Status(c.LastStatus, v)
		e.LastStatus = &s
	}
	return e
}

// AppendConversation appends what Conversation draws.
func (d *Drawer) AppendConversation(dst []byte, c *model.Conversation, v *model.Viewer) []byte {
	dst = append(dst, `{"id":`...)
	dst = appendID(dst, c.ID)
	dst = appendBool(dst, `,"unread":`, c.Unread)
	dst = append(dst, `,"accounts":`...)
	dst = d.AppendAccounts(dst, c.Participants)
	dst = append(dst, `,"last_status":`...)
	if c.LastStatus != nil {
		dst = d.AppendStatus(dst, c.LastStatus, v)
	} else {
		dst = append(dst, "null"...)
	}
	return append(dst, '}')
}

// AppendConversations appends an array of conversations.
func (d *Drawer) AppendConversations(dst []byte, list []*model.Conversation, v *model.Viewer) []byte {
	return appendArray(dst, list, func(dst []byte, c *model.Conversation) []byte { return d.AppendConversation(dst, c, v) })
}

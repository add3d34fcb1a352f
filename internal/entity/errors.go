package entity

import "gomphothere/internal/model"

// Error says what went wrong (Mastodon API: entities/Error).
type Error struct {
	Error       string `json:"error"`
	Description string `json:"error_description,omitempty"`
}

// ValidationError says which field was refused, and why (Mastodon API: entities/ValidationError).
type ValidationError struct {
	Error   string                       `json:"error"`
	Details map[string][]model.FieldFail `json:"details"`
}

// OAuthError is an error of RFC 6749 §5.2.
type OAuthError struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
}

// Package store is the only room that speaks SQL: queries hang on Q, writes on Tx, and one text serves SQLite
// and PostgreSQL. It keeps and finds rows; what may be written is decided in social.
package store

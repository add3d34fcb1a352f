// Package model holds the nouns every room speaks of: rows, ids, times, kinds of error, jobs and events.
// It imports nothing of ours and does nothing but describe.
package model

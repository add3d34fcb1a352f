package config

import "strings"

// maxCompared bounds the work of comparing; no valid name is half as long.
const maxCompared = 80

// nearest is the candidate that the fewest edits lead to. A key that is right but for its section counts as one edit
// away: people remember the key and forget where it lives.
func nearest(text string, candidates []string) string {
	best, least := "", 1<<30
	for _, c := range candidates {
		d := 1
		if text == c || leaf(text) != leaf(c) {
			if max(len(c)-len(text), len(text)-len(c)) >= least {
				continue // that many edits at least
			}
			d = distance(text, c)
		}
		if d < least {
			best, least = c, d
		}
	}
	return best
}

// leaf is the last part of a dotted key.
func leaf(key string) string { return key[strings.LastIndexByte(key, '.')+1:] }

// distance counts the deletions, insertions, substitutions and swaps of neighbours that turn a into b (optimal string
// alignment, the usual Damerau-Levenshtein).
func distance(a, b string) int {
	a, b = a[:min(len(a), maxCompared)], b[:min(len(b), maxCompared)]
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

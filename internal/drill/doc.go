// Package drill proves with the real binary what must never happen: each drill breaks one thing and then compares what
// was acknowledged with what is there.
package drill

// Package queue runs the jobs that verbs enqueue: at least once, in lanes, with patience and without polling.
package queue

// Package testkit gives tests what they cannot make in a line: databases, servers, a network between them.
package testkit

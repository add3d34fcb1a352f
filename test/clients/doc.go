// Package clients proves the server with the programs that people really use: client libraries and a command-line
// client, each living through a day of a few people on a server of its own. Its tests build the program, start it
// on SQLite and on PostgreSQL, and act as the browser whenever a client asks somebody to sign in.
package clients

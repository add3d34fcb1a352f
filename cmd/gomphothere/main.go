// Command gomphothere is a Mastodon-compatible social server in one binary.
package main

import (
	"context"
	"os"

	"gomphothere/internal/cli"
)

func main() {
	os.Exit(cli.Main(context.Background(), os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr))
}

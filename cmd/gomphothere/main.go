// Command gomphothere is a Mastodon-compatible social server in one binary.
package main

import "os"

func main() {
	os.Stderr.WriteString("gomphothere: commands arrive with package cli\n")
	os.Exit(1)
}

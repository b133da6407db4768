package main

import (
	"os"
	_ "time/tzdata" // Asia/Tokyo must be known on any machine

	"github.com/kyodaku/kyodaku/internal/cli"
)

func main() {
	os.Exit(cli.Main(os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr))
}

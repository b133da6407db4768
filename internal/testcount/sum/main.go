package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/kyodaku/kyodaku/internal/testcount"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: sum FILE")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "sum:", err)
		os.Exit(1)
	}
}

// run prints the totals of the file and returns an error when one is zero.
func run(path string, out io.Writer) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("no test counted anything: %w", err)
	}
	defer f.Close()
	counts, err := count(f)
	if err != nil {
		return err
	}
	var missing, parts []string
	for _, engine := range testcount.Engines() {
		parts = append(parts, fmt.Sprintf("%s %d", engine, counts[engine]))
		if counts[engine] == 0 {
			missing = append(missing, engine)
		}
	}
	fmt.Fprintln(out, "tests passed on real engines:", strings.Join(parts, ", "))
	if len(missing) > 0 {
		return fmt.Errorf("no test ran on %s", strings.Join(missing, ", "))
	}
	return nil
}

// count adds up lines of the form "engine TestName".
func count(r io.Reader) (map[string]int, error) {
	counts := map[string]int{}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		engine, _, _ := strings.Cut(lines.Text(), " ")
		counts[engine]++
	}
	return counts, lines.Err()
}

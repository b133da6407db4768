package contact

import (
	"slices"
	"strconv"
	"strings"

	"github.com/kyodaku/kyodaku/internal/addr"
)

const (
	// fewest is how many addresses a sample has before it says anything.
	fewest = 20
	// runLength is how many neighbours make a sequence: families and teams have fewer.
	runLength = 5
	// dictionaryWords is how many of the usual role names one domain has when somebody
	// tried a dictionary.
	dictionaryWords = 8
)

// dictionary are the names that address generators try at every domain.
const dictionary = " info sales contact support admin office mail webmaster postmaster hello service pr hr recruit marketing " +
	"accounting shop order help staff "

// generatedShare is the share of addresses, 0 to 1, that look made by a program: numbers
// or letters counted up at one domain, or the dictionary tried there (特定電子メール法
// 2条4号, rule IMP-03). It is a hint about a list, not about any address.
func generatedShare(mails []addr.Mail) float64 {
	if len(mails) < fewest {
		return 0
	}
	domains := map[string][]string{}
	for _, m := range mails {
		domains[m.Domain()] = append(domains[m.Domain()], strings.ToLower(m.Local()))
	}
	found := 0
	for _, locals := range domains {
		if len(locals) < runLength {
			continue
		}
		slices.Sort(locals)
		locals = slices.Compact(locals)
		found += max(counted(locals), spelled(locals), tried(locals))
	}
	return float64(found) / float64(len(mails))
}

// counted is how many names are a stem with a number that is counted up.
func counted(locals []string) int {
	numbers := map[string][]int{}
	for _, local := range locals {
		stem := strings.TrimRight(local, "0123456789")
		if n, err := strconv.Atoi(local[len(stem):]); err == nil {
			numbers[stem] = append(numbers[stem], n)
		}
	}
	total := 0
	for _, list := range numbers {
		slices.Sort(list)
		total += runs(len(list), func(i int) bool { return list[i]-list[i-1] <= 1 })
	}
	return total
}

// spelled is how many names differ from the one before only in the next last letter.
func spelled(locals []string) int {
	return runs(len(locals), func(i int) bool {
		a, b := locals[i-1], locals[i]
		last := len(b) - 1
		return len(a) == len(b) && last > 0 && a[:last] == b[:last] && b[last] == a[last]+1 && b[last] >= 'a'
	})
}

// tried is how many names stand in the dictionary, if those are many for one domain.
func tried(locals []string) int {
	n := 0
	for _, local := range locals {
		if strings.Contains(dictionary, " "+local+" ") {
			n++
		}
	}
	if n < dictionaryWords {
		return 0
	}
	return n
}

// runs counts the members of runs of n things that are long enough.
func runs(n int, follows func(i int) bool) (total int) {
	length := 1
	for i := 1; i <= n; i++ {
		if i < n && follows(i) {
			length++
			continue
		}
		if length >= runLength {
			total += length
		}
		length = 1
	}
	return total
}

package reply

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// The bounds of a wait. A server that asks for a week has mistaken us for somebody
// else, and the retry schedule knows better than "0 seconds".
const (
	shortestWait = time.Second
	longestWait  = 24 * time.Hour
)

var (
	// hintUnits are what a text with a hint holds at the least.
	hintUnits = []string{"sec", "min", "hour", "hr", "day", "retry", "come back", "秒", "分", "時間"}

	hintEnglish = regexp.MustCompile(`\b(?:try|tries|trying|retry|again|wait|come back|back in|resend|re-send|reconnect|deferred|delayed|postponed|greylisted|graylisted|greylisting|blocked|throttled|limited|later)\b` +
		`[^0-9]{0,40}?\b(\d{1,6}|an?|one|half an|two|five|ten|fifteen|thirty)[ -]?(s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)\b`)
	hintClock    = regexp.MustCompile(`\b(?:again|come back|wait|retry|back)\b[^0-9]{0,30}?\b(\d{1,2}):(\d{2}):(\d{2})\b`)
	hintBare     = regexp.MustCompile(`\bretry[-_ ]?after[:= ]+(\d{1,6})\b`)
	hintJapanese = regexp.MustCompile(`(\d{1,6}) ?(秒|分|時間|日)(?:間|以上|ほど|程度)*(?:後|お?待|経|空け|あけ|おい|置い)`)

	hintWords = map[string]float64{
		"a": 1, "an": 1, "one": 1, "half an": 0.5, "two": 2, "five": 5, "ten": 10, "fifteen": 15, "thirty": 30,
	}
	hintScales = map[rune]time.Duration{
		's': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour,
		'秒': time.Second, '分': time.Minute, '時': time.Hour, '日': 24 * time.Hour,
	}
)

// hint finds how long a folded text asks us to wait; 0 means that it does not say.
func hint(said string) time.Duration {
	if !containsAny(said, hintUnits) {
		return 0
	}
	if m := hintEnglish.FindStringSubmatch(said); m != nil {
		return scaled(m[1], m[2])
	}
	if m := hintJapanese.FindStringSubmatch(said); m != nil {
		return scaled(m[1], m[2])
	}
	if m := hintClock.FindStringSubmatch(said); m != nil {
		return bounded(number(m[1])*float64(time.Hour) + number(m[2])*float64(time.Minute) + number(m[3])*float64(time.Second))
	}
	if m := hintBare.FindStringSubmatch(said); m != nil {
		return scaled(m[1], "s")
	}
	return 0
}

func scaled(count, unit string) time.Duration {
	for _, first := range unit {
		return bounded(number(count) * float64(hintScales[first]))
	}
	return 0
}

// number reads digits or a word; what is neither counts nothing.
func number(word string) float64 {
	if n, ok := hintWords[word]; ok {
		return n
	}
	n, err := strconv.ParseUint(word, 10, 32)
	if err != nil {
		return 0
	}
	return float64(n)
}

func bounded(wait float64) time.Duration {
	if wait <= 0 {
		return 0
	}
	return time.Duration(min(max(wait, float64(shortestWait)), float64(longestWait)))
}

func containsAny(text string, parts []string) bool {
	for _, p := range parts {
		if strings.Contains(text, p) {
			return true
		}
	}
	return false
}

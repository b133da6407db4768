//go:build race

package outside

// raceFlag has the program built as the tests are: with the race detector.
const raceFlag = "-race=true"

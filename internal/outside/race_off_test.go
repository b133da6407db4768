//go:build !race

package outside

// raceFlag has the program built as the tests are: without the race detector.
const raceFlag = "-race=false"

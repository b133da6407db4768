// Package config reads what an installation is told: flags, KYODAKU_* variables
// and one TOML file.
//
// Invariants: a flag goes before a variable, a variable before the file, the file
// before the default; an unknown key or variable is refused and the nearest known
// name told; a secret comes from a file of its own or from a variable, never from a flag
// or the TOML file, and is never printed; what Load returns has been checked, and
// everything that is wrong is told at once.
//
// Not here: making the data folder and the key file (app), the commands (cli),
// settings of a workspace, which are data.
package config

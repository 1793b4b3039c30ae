// Package app is the program: its commands, its configuration and the wiring of
// everything else. It is the only package that reads flags, the environment and
// signals.
package app

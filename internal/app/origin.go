package app

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/alecthomas/kong"
)

// envPrefix begins the names of all variables.
const envPrefix = "REHEARSE"

// settingError is an error about the value of a flag. Its text does not name the
// flag: only the parser knows whether the value came from a variable instead.
type settingError struct {
	flag    string // without dashes; empty when the text of err names what it is about
	refused bool   // the value itself is wrong, not what it points at
	err     error
}

// Error is the text for those who do not know where the value came from.
func (e *settingError) Error() string {
	if e.flag == "" {
		return e.err.Error()
	}
	return "--" + e.flag + ": " + e.err.Error()
}

// Unwrap returns the cause.
func (e *settingError) Unwrap() error { return e.err }

// refuse says that a flag cannot have this value.
func refuse(flag string, err error) error { return &settingError{flag: flag, refused: true, err: err} }

// refuseNamed refuses a setting that has no flag; the text of err names it.
func refuseNamed(err error) error { return &settingError{refused: true, err: err} }

// about says that the value of a flag is possible and did not work.
func about(flag string, err error) error { return &settingError{flag: flag, err: err} }

// explainError returns the text for an error of a command and its exit code: 2 when a
// value was refused, else 1.
func explainError(line *kong.Context, err error) (text string, code int) {
	var setting *settingError
	if !errors.As(err, &setting) {
		return err.Error(), 1
	}
	code = 1
	if setting.refused {
		code = 2
	}
	if setting.flag == "" {
		return setting.Error(), code
	}
	return fmt.Sprintf("%s: %s", origin(line, setting.flag), setting.err), code
}

// explainParse returns the text for an error of the parser, which names the flag
// even when the bad value came from its variable.
func explainParse(err error) string {
	text := err.Error()
	var parse *kong.ParseError
	if !errors.As(err, &parse) {
		return text
	}
	for _, flag := range parse.Context.Flags() {
		rest, ok := strings.CutPrefix(text, "--"+flag.Name)
		if !ok || rest == "" || rest[0] != ':' && rest[0] != ' ' {
			continue
		}
		for _, variable := range flag.Envs {
			suffix := fmt.Sprintf(" (from envar %s=%q)", variable, os.Getenv(variable))
			if rest, ok := strings.CutSuffix(rest, suffix); ok {
				return variable + rest
			}
		}
		return origin(parse.Context, flag.Name) + rest
	}
	return text
}

// origin names what gave a flag its value: the flag itself or its variable.
func origin(line *kong.Context, name string) string {
	var flag *kong.Flag
	for _, f := range line.Flags() {
		if f.Name == name {
			flag = f
		}
	}
	for _, step := range line.Path {
		if step.Flag != nil && step.Flag.Name == name {
			return "--" + name
		}
	}
	if flag != nil {
		for _, variable := range flag.Envs {
			if _, set := os.LookupEnv(variable); set {
				return variable
			}
		}
	}
	return "--" + name
}

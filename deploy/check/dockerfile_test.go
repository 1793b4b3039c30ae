package check

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// dockerfileProblems reads the file as BuildKit does.
func dockerfileProblems(text string) (found []string) {
	report := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	parsed, err := parser.Parse(strings.NewReader(text))
	if err != nil {
		return []string{err.Error()}
	}
	for _, w := range parsed.Warnings {
		report("%s", w.Short)
	}
	stages, _, err := instructions.Parse(parsed.AST, nil)
	if err != nil {
		return append(found, err.Error())
	}
	names := map[string]bool{}
	user, entry := "", ""
	for _, stage := range stages {
		user, entry = "", ""
		for _, c := range stage.Commands {
			switch c := c.(type) {
			case *instructions.CopyCommand:
				if c.From != "" && !names[c.From] {
					report("copies from %q, which is no stage before it", c.From)
				}
			case *instructions.UserCommand:
				user = c.User
			case *instructions.EntrypointCommand:
				entry = strings.Join(c.CmdLine, " ")
			}
		}
		names[stage.Name] = true
	}
	if len(stages) < 2 {
		report("the compiler is part of the image")
	}
	// A number, so that Kubernetes can tell that it is not root.
	if !regexp.MustCompile(`^[1-9][0-9]*:[1-9][0-9]*$`).MatchString(user) {
		report("runs as %q, which is no number of an ordinary user", user)
	}
	if entry != "rehearse" {
		report("starts %q", entry)
	}
	return found
}

func TestDockerfile(t *testing.T) {
	t.Parallel()
	testFile(t, dockerFile, dockerfileProblems, []broken{
		{"unknown instruction", "EXPOSE", "EXPOSED", "EXPOSED"},
		{"unknown flag", "--from=build", "--form=build", "form"},
		{"unknown stage", "--from=build", "--from=builder", "builder"},
		{"as root", "USER 10001:10001", "USER root", "root"},
		{"another program", `ENTRYPOINT ["rehearse"]`, `ENTRYPOINT ["rehearsal"]`, "rehearsal"},
	})
}

// The image is built with the Go that go.mod asks for.
func TestDockerfileHasTheGoOfTheModule(t *testing.T) {
	t.Parallel()
	version := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(read(t, "../../go.mod"))
	if version == nil || !strings.Contains(read(t, dockerFile), "FROM golang:"+version[1]+"-") {
		t.Errorf("the Dockerfile is not from golang:%v", version)
	}
}

package check

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// program is the binary that the examples are held to.
var program string

func TestMain(m *testing.M) { os.Exit(buildAndRun(m)) }

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "rehearse-deploy-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }() // the folder is temporary anyway
	program = filepath.Join(dir, "rehearse")
	build := exec.Command("go", "build", "-o", program, ".")
	build.Dir = "../.."
	build.Stdout, build.Stderr = os.Stderr, os.Stderr
	if err := build.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "build the program:", err)
		return 1
	}
	// Tests start it as somebody else.
	if err := os.Chmod(dir, 0o755); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// call is a command line of the program and its environment, and who runs it.
type call struct {
	from string
	args []string
	env  map[string]string
}

var (
	flagWord = regexp.MustCompile(`--[a-z][a-z-]*`)
	variable = regexp.MustCompile(`\bREHEARSE_[A-Z_]+\b`)
)

// keyVariables are read without being flags, so no help names them.
var keyVariables = []string{"REHEARSE_KEY", "REHEARSE_KEY_OLD"}

// helps holds what the program has answered; each answer takes a process.
var helps sync.Map

// help asks the program what a command takes.
func help(command string) (string, error) {
	if text, ok := helps.Load(command); ok {
		return text.(string), nil
	}
	cmd := exec.Command(program, command, "--help")
	cmd.Env = []string{"HOME=/"}
	text, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%q is no command of the program: %s", command, text)
	}
	helps.Store(command, string(text))
	return string(text), nil
}

// callProblems holds calls to what the program says of itself.
func callProblems(calls []call) (found []string) {
	for _, c := range calls {
		if len(c.args) == 0 {
			found = append(found, c.from+": starts the program without a command")
			continue
		}
		text, err := help(c.args[0])
		if err != nil {
			found = append(found, fmt.Sprintf("%s: %v", c.from, err))
			continue
		}
		flags, variables := flagWord.FindAllString(text, -1), append(variable.FindAllString(text, -1), keyVariables...)
		for _, arg := range c.args[1:] {
			name, _, _ := strings.Cut(arg, "=")
			if strings.HasPrefix(name, "--") && !slices.Contains(flags, name) {
				found = append(found, fmt.Sprintf("%s: %s takes no %s", c.from, c.args[0], name))
			}
		}
		for _, name := range slices.Sorted(maps.Keys(c.env)) {
			if variable.MatchString(name) && !slices.Contains(variables, name) {
				found = append(found, fmt.Sprintf("%s: %s reads no %s", c.from, c.args[0], name))
			}
		}
	}
	return found
}

// textProblems finds what comments say, too: each variable in the text must be one that
// some command reads.
func textProblems(text string) (found []string) {
	known := slices.Clone(keyVariables)
	for _, command := range []string{"serve", "migrate"} {
		said, err := help(command)
		if err != nil {
			return []string{err.Error()}
		}
		known = append(known, variable.FindAllString(said, -1)...)
	}
	for _, name := range variable.FindAllString(text, -1) {
		if !slices.Contains(known, name) {
			found = append(found, "no command reads "+name)
		}
	}
	return found
}

func TestCallsOfComposeAreTheProgramsOwn(t *testing.T) {
	t.Parallel()
	testFile(t, composeFile, func(text string) []string {
		calls, err := composeCalls(text)
		if err != nil {
			return []string{err.Error()}
		}
		return append(callProblems(calls), textProblems(text)...)
	}, []broken{
		{"unknown command", "command: [migrate]", "command: [upgrade]", "upgrade"},
		{"unknown flag", "command: [serve]", "command: [serve, --replicas=3]", "--replicas"},
		{"flag of another command", "command: [migrate]", "command: [migrate, --metrics-addr=:1]", "--metrics-addr"},
		{"unknown variable", "REHEARSE_LOG:", "REHEARSE_LOG_FORM:", "REHEARSE_LOG_FORM"},
		{"unknown variable in a comment", "# Keep REHEARSE_KEY", "# Keep REHEARSE_SECRET", "REHEARSE_SECRET"},
	})
}

func TestCallsOfKubernetesAreTheProgramsOwn(t *testing.T) {
	t.Parallel()
	testFile(t, kubernetesFile, func(text string) []string {
		calls, err := kubernetesCalls(text)
		if err != nil {
			return []string{err.Error()}
		}
		return append(callProblems(calls), textProblems(text)...)
	}, []broken{
		{"unknown command", "args: [serve]", "args: [server]", "server"},
		{"unknown flag", "args: [serve]", "args: [serve, --dbb=x]", "--dbb"},
		{"unknown variable", "REHEARSE_METRICS_ADDR", "REHEARSE_METRICS", "REHEARSE_METRICS"},
	})
}

// duration finds the times of the program's end in its source.
var duration = regexp.MustCompile(`(?m)^(?:\t|const )(noticeTimeout|drainTimeout|callsTimeout|lastTraces) += (\d+) \* time\.Second$`)

// drainTime is how long the program may take to end after SIGTERM.
func drainTime() (sum time.Duration) {
	files, _ := filepath.Glob("../../internal/app/*.go") // the pattern is well formed
	seen := map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it is missed below
		}
		for _, m := range duration.FindAllStringSubmatch(string(text), -1) {
			d, _ := time.ParseDuration(m[2] + "s") // they are digits
			sum += d
			seen[m[1]] = true
		}
	}
	if len(seen) != 4 {
		return time.Hour // more than any example gives: whoever renamed them looks here
	}
	return sum
}

package check

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
)

// dotEnv is what the head of the file tells people to put into deploy/.env.
var dotEnv = types.Mapping{
	"POSTGRES_PASSWORD": strings.Repeat("0a", 24),
	"REHEARSE_KEY":      strings.Repeat("1b", 32),
}

// loadCompose reads the file as Compose does: merged, filled in and validated.
func loadCompose(text string, env types.Mapping) (*types.Project, error) {
	file, err := filepath.Abs(composeFile)
	if err != nil {
		return nil, err
	}
	return loader.LoadWithContext(context.Background(), types.ConfigDetails{
		WorkingDir:  filepath.Dir(file),
		ConfigFiles: []types.ConfigFile{{Filename: file, Content: []byte(text)}},
		Environment: maps.Clone(env), // it is added to
	})
}

func composeProblems(text string) []string {
	project, err := loadCompose(text, dotEnv)
	if err != nil {
		return []string{err.Error()}
	}
	var found []string
	report := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	for _, name := range slices.Sorted(maps.Keys(dotEnv)) {
		less := maps.Clone(dotEnv)
		delete(less, name)
		if _, err := loadCompose(text, less); err == nil || !strings.Contains(err.Error(), name) {
			report("starts without %s: %v", name, err)
		}
	}
	server, migrate, db := project.Services["server"], project.Services["migrate"], project.Services["db"]
	if n := server.GetScale(); n < 3 {
		report("server: %d replicas do not show several servers as one", n)
	}
	for _, p := range server.Ports {
		if p.HostIP != "127.0.0.1" {
			report("server: port %s is open to more than this machine", p.Published)
		}
	}
	if db.HealthCheck == nil || db.HealthCheck.Disable || len(db.Volumes) == 0 {
		report("db: no health check, or no volume")
	}
	if check := healthCommand(server); !strings.Contains(check, "/readyz") {
		report("server: the health check does not ask /readyz: %q", check)
	}
	if grace := server.StopGracePeriod; grace == nil || time.Duration(*grace) <= drainTime() {
		report("server: stop_grace_period %v is not over %v", grace, drainTime())
	}
	if migrate.Restart != "no" {
		report("migrate: restarts: %q", migrate.Restart)
	}
	for service, wants := range map[*types.ServiceConfig]map[string]string{
		&server:  {"db": types.ServiceConditionHealthy, "migrate": types.ServiceConditionCompletedSuccessfully},
		&migrate: {"db": types.ServiceConditionHealthy},
	} {
		if !service.ReadOnly || !slices.Contains(service.CapDrop, "ALL") {
			report("%s: may write its root file system, or has capabilities", service.Name)
		}
		for other, condition := range wants {
			if got := service.DependsOn[other].Condition; got != condition {
				report("%s: waits until %s is %q, not %s", service.Name, other, got, condition)
			}
		}
	}
	return found
}

// healthCommand is the command of a service's health check, in the form CMD.
func healthCommand(service types.ServiceConfig) string {
	if service.HealthCheck == nil || len(service.HealthCheck.Test) < 2 || service.HealthCheck.Test[0] != "CMD" {
		return ""
	}
	return strings.Join(service.HealthCheck.Test[1:], " ")
}

// composeCalls are the commands that the services run the program with.
func composeCalls(text string) ([]call, error) {
	project, err := loadCompose(text, dotEnv)
	if err != nil {
		return nil, err
	}
	var calls []call
	for _, name := range []string{"migrate", "server"} {
		service := project.Services[name]
		c := call{from: name, args: service.Command, env: map[string]string{}}
		for key, value := range service.Environment {
			if value != nil {
				c.env[key] = *value
			}
		}
		calls = append(calls, c)
	}
	return calls, nil
}

func TestCompose(t *testing.T) {
	t.Parallel()
	testFile(t, composeFile, composeProblems, []broken{
		{"no YAML", "services:", "services: [", "yaml"},
		{"unknown key", "stop_grace_period: 40s", "stop_grace_time: 40s", "stop_grace_time"},
		{"value of another type", "read_only: true", "read_only: [1]", "read_only"},
		{"unknown service", "migrate: {condition", "migrations: {condition", "migrations"},
		{"unknown condition", "service_completed_successfully", "service_completed", "service_completed"},
		{"unknown volume", "\nvolumes:\n  db:\n", "\n", "volume"},
		{"bad duration", "stop_grace_period: 40s", "stop_grace_period: soon", "soon"},
		{"too little time to drain", "stop_grace_period: 40s", "stop_grace_period: 20s", "stop_grace_period"},
		{"key that may be missing", "${REHEARSE_KEY:?put it into deploy/.env}", "${REHEARSE_KEY:-}", "starts without REHEARSE_KEY"},
		{"open to everybody", `"127.0.0.1:8080-8082:8080"`, `"8080-8082:8080"`, "open to more"},
		{"ports that do not fit", "8080-8082:8080", "8080-8081:8080-8082", "Ports"},
		{"one server", "replicas: 3", "replicas: 1", "replicas"},
		{"not asked whether ready", "/readyz", "/healthz", "/readyz"},
		{"servers do not wait", "migrate: {condition: service_completed_successfully}", "migrate: {condition: service_started}", "migrate"},
	})
}

package check

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	policy "k8s.io/api/policy/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/json"
	"sigs.k8s.io/yaml"
)

// cluster is what the manifest would make.
type cluster struct {
	secrets     map[string]*core.Secret
	settings    map[string]*core.ConfigMap
	deployments []*apps.Deployment
	budgets     []*policy.PodDisruptionBudget
	services    []*core.Service
}

// decodeCluster reads the manifest as strictly as a server does with
// fieldValidation=Strict: no unknown field, no field twice, no value of another type.
func decodeCluster(text string) (*cluster, error) {
	c := &cluster{secrets: map[string]*core.Secret{}, settings: map[string]*core.ConfigMap{}}
	for i, document := range strings.Split(text, "\n---\n") {
		data, err := yaml.YAMLToJSONStrict([]byte(document))
		if err != nil {
			return nil, fmt.Errorf("document %d: %w", i+1, err)
		}
		var kind meta.TypeMeta
		if err := json.UnmarshalCaseSensitivePreserveInts(data, &kind); err != nil {
			return nil, fmt.Errorf("document %d: %w", i+1, err)
		}
		if err := c.add(kind, data); err != nil {
			return nil, fmt.Errorf("document %d, %s: %w", i+1, kind.Kind, err)
		}
	}
	return c, nil
}

func (c *cluster) add(kind meta.TypeMeta, data []byte) (err error) {
	switch kind.APIVersion + " " + kind.Kind {
	case "v1 Secret":
		var o *core.Secret
		if o, err = strict[core.Secret](data); err == nil {
			c.secrets[o.Name] = o
		}
	case "v1 ConfigMap":
		var o *core.ConfigMap
		if o, err = strict[core.ConfigMap](data); err == nil {
			c.settings[o.Name] = o
		}
	case "apps/v1 Deployment":
		var o *apps.Deployment
		o, err = strict[apps.Deployment](data)
		c.deployments = append(c.deployments, o)
	case "policy/v1 PodDisruptionBudget":
		var o *policy.PodDisruptionBudget
		o, err = strict[policy.PodDisruptionBudget](data)
		c.budgets = append(c.budgets, o)
	case "v1 Service":
		var o *core.Service
		o, err = strict[core.Service](data)
		c.services = append(c.services, o)
	default:
		err = fmt.Errorf("%s of %s is nothing that this check knows", kind.Kind, kind.APIVersion)
	}
	return err
}

func strict[T any](data []byte) (*T, error) {
	var o T
	problems, err := json.UnmarshalStrict(data, &o)
	if err == nil && len(problems) > 0 {
		err = problems[0]
	}
	return &o, err
}

func kubernetesProblems(text string) []string {
	c, err := decodeCluster(text)
	if err != nil {
		return []string{err.Error()}
	}
	if len(c.deployments) != 1 || len(c.services) != 1 || len(c.budgets) != 1 {
		return []string{"not one deployment, service and budget"}
	}
	var found []string
	report := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	deployment, service, budget := c.deployments[0], c.services[0], c.budgets[0]
	pod := deployment.Spec.Template
	matches := func(what string, selector map[string]string) {
		if len(selector) == 0 || !labels.SelectorFromSet(selector).Matches(labels.Set(pod.Labels)) {
			report("%s: its selector %v does not fit the pods", what, selector)
		}
	}
	matches("deployment", deployment.Spec.Selector.MatchLabels)
	matches("budget", budget.Spec.Selector.MatchLabels)
	matches("service", service.Spec.Selector)
	if deployment.Spec.Replicas == nil || *deployment.Spec.Replicas < 3 {
		report("deployment: fewer than 3 replicas")
	}
	if s := deployment.Spec.Strategy; s.Type != apps.RollingUpdateDeploymentStrategyType || s.RollingUpdate == nil || s.RollingUpdate.MaxUnavailable.IntValue() != 0 {
		report("deployment: an upgrade takes servers away before others are ready")
	}
	if budget.Spec.MaxUnavailable == nil || budget.Spec.MaxUnavailable.IntValue() != 1 {
		report("budget: not one pod at a time")
	}
	if pod.Spec.AutomountServiceAccountToken == nil || *pod.Spec.AutomountServiceAccountToken {
		report("pods can call the cluster's API")
	}
	if s := pod.Spec.SecurityContext; s == nil || s.RunAsNonRoot == nil || !*s.RunAsNonRoot || s.RunAsUser == nil || *s.RunAsUser == 0 {
		report("pods may run as root")
	}
	for _, container := range slices.Concat(pod.Spec.InitContainers, pod.Spec.Containers) {
		for _, p := range containerProblems(c, container) {
			report("%s: %s", container.Name, p)
		}
	}
	for _, p := range serverProblems(pod.Spec, service) {
		report("%s", p)
	}
	return found
}

// containerProblems are those that any container may have.
func containerProblems(c *cluster, container core.Container) (found []string) {
	report := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	if _, err := envOf(c, container); err != nil {
		report("%v", err)
	}
	s := container.SecurityContext
	if s == nil || s.ReadOnlyRootFilesystem == nil || !*s.ReadOnlyRootFilesystem ||
		s.AllowPrivilegeEscalation == nil || *s.AllowPrivilegeEscalation ||
		s.Capabilities == nil || !slices.Contains(s.Capabilities.Drop, "ALL") {
		report("may write its root file system, gain privileges, or has capabilities")
	}
	if container.Resources.Limits.Memory().IsZero() || container.Resources.Requests.Cpu().IsZero() {
		report("no limit of memory, or asks for no processor")
	}
	return found
}

// serverProblems are those of the one container that serves.
func serverProblems(pod core.PodSpec, service *core.Service) (found []string) {
	report := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	if len(pod.Containers) != 1 || len(pod.InitContainers) != 1 || !slices.Equal(pod.InitContainers[0].Args, []string{"migrate"}) {
		return []string{"not one server, and migrate before it"}
	}
	server := pod.Containers[0]
	if pod.InitContainers[0].Image != server.Image {
		report("migrate is of another image than the server")
	}
	ports := map[string]int32{}
	for _, p := range server.Ports {
		ports[p.Name] = p.ContainerPort
	}
	for _, p := range service.Spec.Ports {
		if ports[p.TargetPort.StrVal] == 0 {
			report("service: the server has no port %q", p.TargetPort.String())
		}
	}
	for path, probe := range map[string]*core.Probe{"/readyz": server.ReadinessProbe, "/healthz": server.LivenessProbe} {
		if probe == nil || probe.HTTPGet == nil || probe.HTTPGet.Path != path || ports[probe.HTTPGet.Port.StrVal] == 0 {
			report("no probe asks %s on a port that the server has", path)
		}
	}
	var before time.Duration
	if l := server.Lifecycle; l != nil && l.PreStop != nil && l.PreStop.Sleep != nil {
		before = time.Duration(l.PreStop.Sleep.Seconds) * time.Second
	}
	if before == 0 {
		report("the server stops before balancers know")
	}
	if grace := pod.TerminationGracePeriodSeconds; grace == nil || time.Duration(*grace)*time.Second <= before+drainTime() {
		report("terminationGracePeriodSeconds is not over %v", before+drainTime())
	}
	return found
}

// envOf is the environment of a container.
func envOf(c *cluster, container core.Container) (map[string]string, error) {
	env := map[string]string{}
	for _, from := range container.EnvFrom {
		switch {
		case from.SecretRef != nil && c.secrets[from.SecretRef.Name] != nil:
			maps.Copy(env, c.secrets[from.SecretRef.Name].StringData)
		case from.ConfigMapRef != nil && c.settings[from.ConfigMapRef.Name] != nil:
			maps.Copy(env, c.settings[from.ConfigMapRef.Name].Data)
		default:
			return nil, fmt.Errorf("takes its environment from something that is not there: %v", from)
		}
	}
	return env, nil
}

// kubernetesCalls are the commands that the containers run the program with.
func kubernetesCalls(text string) ([]call, error) {
	c, err := decodeCluster(text)
	if err != nil {
		return nil, err
	}
	var calls []call
	pod := c.deployments[0].Spec.Template.Spec
	for _, container := range slices.Concat(pod.InitContainers, pod.Containers) {
		env, err := envOf(c, container)
		if err != nil {
			return nil, err
		}
		calls = append(calls, call{from: container.Name, args: container.Args, env: env})
	}
	return calls, nil
}

func TestKubernetes(t *testing.T) {
	t.Parallel()
	testFile(t, kubernetesFile, kubernetesProblems, []broken{
		{"no YAML", "spec:\n  replicas", "spec: [\n  replicas", "yaml"},
		{"unknown field", "minReadySeconds", "minReadyTime", "minReadyTime"},
		{"letters of the wrong size", "readinessProbe", "readinessprobe", "readinessprobe"},
		{"field at the wrong place", "  selector:\n    matchLabels", "  matchLabels:\n    selector", "matchLabels"},
		{"a field twice", "  replicas: 3\n", "  replicas: 3\n  replicas: 2\n", "replicas"},
		{"value of another type", "containerPort: 8080", "containerPort: http", "containerPort"},
		{"no quantity", "memory: 512Mi", "memory: much", "quantities"},
		{"unknown kind", "kind: PodDisruptionBudget", "kind: PodBudget", "PodBudget"},
		{"old version", "apiVersion: policy/v1", "apiVersion: policy/v1beta1", "policy/v1beta1"},
		{"labels that nobody has", "spec:\n  selector: {app.kubernetes.io/name: rehearse}", "spec:\n  selector: {app: rehearse}", "service: its selector"},
		{"no such port", "targetPort: http", "targetPort: web", `no port "web"`},
		{"no such secret", "secretRef: {name: rehearse}", "secretRef: {name: other}", "not there"},
		{"too little time to drain", "terminationGracePeriodSeconds: 45", "terminationGracePeriodSeconds: 30", "terminationGracePeriodSeconds"},
		{"not asked whether ready", "path: /readyz", "path: /healthz", "/readyz"},
		{"as root", "runAsNonRoot: true", "runAsNonRoot: false", "root"},
		{"may write", "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false", "write"},
		{"no migration", "args: [migrate]", "args: [version]", "migrate"},
	})
}

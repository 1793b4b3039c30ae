package archtest

import "strings"

// layer says what the packages below one path may import of this module. The rows
// follow the import rule of ARCHITECTURE.md from the bottom up: a package reaches
// what stands above it in this table, never below.
type layer struct {
	path  string   // from the root; the longest that fits a package counts
	ours  []string // paths from the root that it may import, with what is below them
	never []string // paths outside of the module that nothing it imports may import either
	why   string   // the reason that a failure shows
}

var (
	core = []string{
		"entgo.io", "github.com/99designs/gqlgen", "github.com/vektah/gqlparser", "github.com/mattn/go-sqlite3",
		"database/sql", "net/http",
	}
	services = []string{
		"ent", "internal/auth", "internal/store", "internal/rowlock", "internal/seal",
		"internal/engine", "internal/mock", "internal/plugin", "internal/expr",
		"internal/flow", "internal/input", "internal/fault", "internal/credential",
		"internal/space", "internal/template", "internal/task", "internal/token", "internal/realcall",
		"internal/event", "internal/relay",
	}
	edges     = []string{"github.com/99designs/gqlgen", "github.com/vektah/gqlparser"}
	noStorage = []string{"entgo.io", "github.com/mattn/go-sqlite3"}
)

// layers places every package. A package without a row fails the test: decide
// where it stands and add it.
var layers = []layer{
	{"internal/fault", nil, append(core, "golang.org/x", "github.com"), "every package returns faults, so fault knows none of them"},
	{"internal/input", []string{"internal/fault"}, core, "input checks plain values for any service"},
	{"internal/credential", nil, append(core, "golang.org/x", "github.com"), "which credential a node calls with is a matter of values; where they are kept is not"},
	{"internal/flow", []string{"internal/fault"}, core, "flow reads trees and knows nothing that runs, stores or serves them"},
	{"internal/expr", []string{"internal/flow", "internal/fault"}, core, "expr computes values from values"},
	{"internal/mock", []string{"internal/expr", "internal/flow", "internal/fault"}, core, "mock data resolves the same way with and without a database"},
	{"internal/engine", []string{"internal/engine", "internal/expr", "internal/flow", "internal/fault"}, core, "the engine is a function: a runner around it does the I/O"},
	{"internal/engine/enginetest", []string{"internal/engine", "internal/plugin", "internal/expr", "internal/flow", "internal/fault"}, core, "conformance cases run the engine with its real plugins and nothing else"},
	{"internal/plugin", []string{"internal/engine", "internal/expr", "internal/flow", "internal/fault"}, core, "a plugin answers or returns an effect; the runner makes the calls"},
	{
		"internal/outbound", nil,
		append(noStorage, append(edges, "database/sql", "github.com")...), "outbound sends bytes to hosts; who asked and with whose credential is not its matter",
	},
	{"internal/event", nil, append(core, "golang.org/x", "github.com"), "what happened is plain data: runs write it and edges show it"},
	{"internal/seal", []string{"internal/fault"}, core, "seal turns bytes into bytes; who stores them is not its matter"},
	{
		"internal/body",
		[]string{"internal/flow", "internal/fault"},
		append(noStorage, edges...), "every edge reads bodies with it, so it knows none of them",
	},
	{"internal/web", nil, append(noStorage, edges...), "web moves bytes for every surface, so it knows none of them"},
	{"internal/telemetry", nil, append(noStorage, edges...), "telemetry shows what it is told, and so can leak nothing that it is not told"},
	{"ent", []string{"ent"}, edges, "ent is storage; what the columns mean is decided in the services"},
	{"internal/store", []string{"internal/store", "ent", "internal/flow", "internal/fault"}, edges, "store knows the dialect and no rule"},
	{"internal/store/migration", nil, append(edges, "net/http"), "migration applies files to a database that store has opened; ent is where the files come from, not what applies them"},
	{"internal/store/backup", []string{"internal/store/migration"}, append(edges, "net/http"), "backup copies files and locks them; what the rows mean, its caller knows"},
	{"internal/store/transfer", []string{"internal/store/backup", "internal/store/migration", "ent"}, append(edges, "net/http"), "transfer moves rows of any table; what they mean is not its matter"},
	{"internal/store/migration/diff", []string{"ent"}, edges, "the generator compares ent with the files, for developers alone"},
	{"internal/relay", []string{"internal/store", "internal/event"}, append(edges, "net/http"), "a signal names tasks; who hears it reads what is stored"},
	{"internal/dispatch", []string{"internal/store", "ent"}, append(edges, "net/http"), "dispatch says when to look at a task; what is due there is the runner's matter"},
	{"internal/rowlock", nil, edges, "rowlock changes queries and knows no row"},
	{"internal/auth", []string{"internal/store", "ent", "internal/fault"}, edges, "auth says who calls and what they may do; the services ask it and do it"},
	{"internal/space", services, edges, "services know no edge: resolvers, the REST route and the runner all call them"},
	{
		"internal/realcall",
		[]string{"internal/outbound", "internal/space", "internal/credential", "internal/plugin", "internal/engine", "internal/expr", "internal/fault"},
		edges, "a real call is a matter of one effect and its outcome; what is stored of it, and when, the runner decides",
	},
	{"internal/task/run", services, edges, "a run is brought on for whoever asks: resolvers, commands and the clock"},
	{"internal/template", services, edges, "services know no edge: resolvers, the REST route and the runner all call them"},
	{
		"internal/task/trial",
		[]string{"internal/task", "internal/event", "internal/engine", "internal/expr", "internal/flow", "internal/fault", "internal/auth"},
		edges, "a trial plans and shows as real tasks do, and writes nothing: it has no store",
	},
	{"internal/task", services, edges, "services know no edge: resolvers, the REST route and the runner all call them"},
	{"internal/token", services, edges, "services know no edge: resolvers, the REST route and the runner all call them"},
	{"graph/playground", []string{"internal/web"}, append(noStorage, edges...), "the playground is a page: it reaches the API as any client does"},
	{"graph/limit", []string{"internal/fault"}, append(noStorage, "database/sql", "net/http"), "what a document may cost is decided by its text and the schema, for every transport alike"},
	{"graph/operation", []string{"internal/fault"}, noStorage, "transports share a contract, not an executor"},
	{"graph/operation/operationtest", []string{"graph/operation", "internal/fault"}, noStorage, "a fake plays what stands behind a transport"},
	{
		"graph/socket",
		[]string{"graph/operation", "internal/body", "internal/flow", "internal/fault"},
		noStorage, "a transport knows messages; what they start stands behind an interface",
	},
	{
		"graph/stream",
		[]string{"graph/operation", "internal/body", "internal/flow", "internal/fault"},
		noStorage, "a transport knows events; what they tell stands behind an interface",
	},
	{"graph/scalar", []string{"internal/flow", "internal/fault"}, noStorage, "scalars turn text into values"},
	{"graph/trusted", []string{"internal/flow", "internal/fault"}, append(noStorage, edges...), "a manifest is texts; what they mean is the executor's matter"},
	{
		"graph",
		[]string{"ent", "graph", "internal/event", "internal/auth", "internal/space", "internal/template", "internal/task", "internal/token", "internal/credential", "internal/flow", "internal/body", "internal/input", "internal/fault", "internal/telemetry"},
		nil, "the edge reads through ent and writes through services: no transaction, no engine",
	},
	{
		"internal/rest",
		[]string{"internal/auth", "internal/space", "internal/template", "internal/task", "internal/flow", "internal/body", "internal/input", "internal/fault"},
		edges, "the REST route calls the services that resolvers call, not the resolvers",
	},
	{"internal/app", []string{"ent", "graph", "internal"}, nil, "app wires everything, and only server.go may know it"},
	{"internal/archtest", nil, nil, "archtest reads files"},
	{"bench", []string{"ent", "graph", "internal"}, nil, "a benchmark may measure any layer"},
	{"deploy/check", nil, nil, "examples are held to the binary, as whoever installs it has it"},
	{"scripts", nil, nil, "scripts start other programs: their tests need none of ours"},
	{"e2e", []string{"internal/app"}, nil, "stories drive the program from outside"},
	{"", []string{"internal/app"}, nil, "server.go is main() only: the real program is a package that tests can start"},
}

// pure are the packages that get time, ids and randomness from their caller.
var pure = []string{"internal/flow", "internal/expr", "internal/engine", "internal/mock", "internal/plugin", "internal/credential", "internal/fault"}

// helpers exist for tests: in a binary they would bring flags, fakes and panics.
// Only testing itself is looked for through everything: what others import of the
// rest is their business.
var helpers = []string{
	"testing", "net/http/httptest", "github.com/google/go-cmp", "go.uber.org/goleak", "github.com/rogpeppe/go-internal",
	module + "/ent/enttest", module + "/internal/store/storetest", module + "/internal/store/storetest/conform",
	module + "/graph/operation/operationtest", module + "/internal/telemetry/telemetrytest",
}

// placed finds the layer of a package.
func placed(pkg string) *layer {
	var best *layer
	for i := range layers {
		l := &layers[i]
		if l.path == "" && pkg != module {
			continue
		}
		if l.path != "" && !below(pkg, module+"/"+l.path) {
			continue
		}
		if best == nil || len(l.path) > len(best.path) {
			best = l
		}
	}
	return best
}

// allows says whether the layer may import a package of this module.
func (l *layer) allows(pkg string) bool {
	for _, ours := range l.ours {
		if below(pkg, module+"/"+ours) {
			return true
		}
	}
	return false
}

// forbids says whether nothing in the layer may reach a package of others.
func (l *layer) forbids(pkg string) bool { return belowAny(pkg, l.never) }

func belowAny(pkg string, paths []string) bool {
	for _, p := range paths {
		if below(pkg, p) {
			return true
		}
	}
	return false
}

// below says whether pkg is the path or stands under it.
func below(pkg, p string) bool {
	return pkg == p || strings.HasPrefix(pkg, p+"/")
}

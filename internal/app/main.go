package app

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/alecthomas/kong"
)

// commands is the command line. Each flag is also read from the environment as
// REHEARSE_ and its name; a flag wins.
type commands struct {
	Serve     ServeCmd     `cmd:"" help:"Serve the GraphQL API and the playground."`
	Schema    SchemaCmd    `cmd:"" help:"Print the schema of the API."`
	Import    ImportCmd    `cmd:"" help:"Make a template from an exported pipeline tree."`
	App       AppCmd       `cmd:"" help:"Manage calling applications."`
	Simulate  SimulateCmd  `cmd:"" help:"Run a tree offline on a virtual clock, without any real call."`
	RotateKey RotateKeyCmd `cmd:"" help:"Seal everything with a new key."`
	Backup    BackupCmd    `cmd:"" help:"Copy an SQLite database while servers use it."`
	Restore   RestoreCmd   `cmd:"" help:"Put a backup in the place of an SQLite database."`
	Copy      CopyCmd      `cmd:"" help:"Move an SQLite database into PostgreSQL."`
	Migrate   MigrateCmd   `cmd:"" help:"Bring the schema of the database up to date."`
	Version   VersionCmd   `cmd:"" help:"Print the version."`
}

// Streams are where a command writes.
type Streams struct{ Out, Err io.Writer }

// Main runs the command line and returns the exit code: 0 when all went well, 1
// when the command failed and 2 when it was not understood or a setting was
// refused. The first SIGINT or SIGTERM asks the command to stop; a second one
// ends the process at once, which loses no answered request.
func Main(args []string, out, err io.Writer) int {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	defer signal.Stop(signals)
	go func() {
		select {
		case <-signals:
			signal.Stop(signals) // before the command hears of it, so that the next signal counts
			cancel()
		case <-ctx.Done():
		}
	}()
	return Run(ctx, args, out, err)
}

// Run is Main under a context whose end asks the command to stop. Errors name the
// flag, or the variable when the value came from one.
func Run(ctx context.Context, args []string, out, errOut io.Writer) int {
	var line commands
	exit := -1
	parser, err := kong.New(&line,
		kong.Name("rehearse"),
		kong.Description("Debug BlueKing flow templates with mock tasks."),
		kong.DefaultEnvars(envPrefix),
		kong.Writers(out, errOut),
		kong.Exit(func(code int) { exit = code }),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.BindTo(out, (*io.Writer)(nil)),
		kong.Bind(Streams{Out: out, Err: errOut}),
	)
	if err != nil {
		_, _ = fmt.Fprintln(errOut, "rehearse:", err)
		return 2
	}
	parsed, err := parser.Parse(args)
	if exit >= 0 { // --help
		return exit
	}
	if err != nil {
		_, _ = fmt.Fprintln(errOut, "rehearse:", explainParse(err))
		return 2
	}
	if err := parsed.Run(); err != nil {
		text, code := explainError(parsed, err)
		_, _ = fmt.Fprintln(errOut, "rehearse:", text)
		return code
	}
	return 0
}

// VersionCmd is "rehearse version".
type VersionCmd struct{}

// Run prints the version that the build carries.
func (VersionCmd) Run(out io.Writer) error {
	_, err := fmt.Fprintln(out, "rehearse", version())
	return err
}

// version is the module's version, or the revision of a build from a checkout.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	revision, dirty := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			revision = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = " with local changes"
		}
	}
	if revision == "" {
		return info.Main.Version
	}
	return revision[:min(12, len(revision))] + dirty
}

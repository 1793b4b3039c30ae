package app

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"rehearse.dev/internal/engine"
	"rehearse.dev/internal/engine/enginetest"
	"rehearse.dev/internal/engine/simulate"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/flow"
	"rehearse.dev/internal/plugin"
)

// SimulateCmd is "rehearse simulate": it runs a tree offline on a virtual clock,
// or replays conformance cases. Nothing real is ever called.
type SimulateCmd struct {
	Tree      string `arg:"" optional:"" type:"existingfile" help:"Pipeline tree as JSON."`
	Mock      string `type:"existingfile" placeholder:"FILE" help:"Mock data as JSON: {nodes, outputs, fail_nodes, errors}."`
	Constants string `type:"existingfile" placeholder:"FILE" help:"Values of constants as JSON: {\"$${key}\": value}."`
	JSON      bool   `name:"json" help:"Print the report as JSON instead of a table."`
	Cases     string `type:"existingfile" placeholder:"FILE" help:"Replay the conformance cases of a .jsonl or .jsonl.gz file."`
}

// maxCase is the longest line of a file of cases.
const maxCase = 64 << 20

// ErrCasesFailed is returned when at least one case differs from its expectation.
var ErrCasesFailed = errors.New("some cases failed")

// Run carries the command out and writes to out. It returns a fault with every
// problem for a tree that cannot be run.
func (c *SimulateCmd) Run(out io.Writer) error {
	switch {
	case c.Cases != "" && c.Tree != "":
		return errors.New("give a tree or --cases, not both")
	case c.Cases != "":
		return c.replay(out)
	case c.Tree == "":
		return errors.New("give a pipeline tree, or --cases")
	}
	run, err := c.prepare(out)
	if err != nil {
		return err
	}
	if err := run.Start(); err != nil {
		return err
	}
	report := run.Report()
	if !c.JSON {
		return report.WriteTable(out)
	}
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(report)
}

// prepare reads the files and makes the run.
func (c *SimulateCmd) prepare(out io.Writer) (*simulate.Run, error) {
	raw, err := os.ReadFile(c.Tree)
	if err != nil {
		return nil, err
	}
	tree, err := flow.Parse(raw)
	if err != nil {
		return nil, explain(out, err)
	}
	if tree, err = c.override(tree); err != nil {
		return nil, err
	}
	if problems := tree.Validate(); len(problems) > 0 {
		return nil, explain(out, fault.Invalid(problems...))
	}
	plan, err := engine.Compile(tree, engine.Options{Plugins: plugin.Builtin(), InnerPaths: true})
	if err != nil {
		return nil, explain(out, err)
	}
	mock, err := c.mock(plan)
	if err != nil {
		return nil, err
	}
	return simulate.New(plan, simulate.Config{Init: engine.Init{Mock: mock, Seed: 1}, Hold: true}), nil
}

func (c *SimulateCmd) override(tree *flow.Pipeline) (*flow.Pipeline, error) {
	if c.Constants == "" {
		return tree, nil
	}
	var values map[string]json.RawMessage
	if err := readJSON(c.Constants, &values); err != nil {
		return nil, err
	}
	tree, unknown, err := tree.Override(values)
	if err != nil {
		return nil, err
	}
	if len(unknown) > 0 {
		return nil, fmt.Errorf("%s: the tree has no constants %s", c.Constants, strings.Join(unknown, ", "))
	}
	return tree, nil
}

// mock reads the mock data. A node that the tree lacks is a mistake: it would
// silently run for real.
func (c *SimulateCmd) mock(plan *engine.Plan) (engine.Mock, error) {
	if c.Mock == "" {
		return engine.Mock{}, nil
	}
	var data simulate.MockData
	if err := readJSON(c.Mock, &data); err != nil {
		return engine.Mock{}, err
	}
	for _, node := range data.Nodes {
		if _, ok := plan.Node(node); !ok {
			return engine.Mock{}, fmt.Errorf("%s: the tree has no node %s", c.Mock, node)
		}
	}
	return data.Engine(), nil
}

func readJSON(path string, into any) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// explain prints every problem of a fault before it is returned.
func explain(out io.Writer, err error) error {
	f := fault.As(err)
	if f == nil {
		return err
	}
	for i := range f.Problems {
		p := &f.Problems[i]
		line := p.Code
		if p.NodeID != "" {
			line += " at node " + p.NodeID
		}
		if len(p.Path) > 0 {
			line += " (" + strings.Join(p.Path, ".") + ")"
		}
		if _, err := fmt.Fprintf(out, "%s: %s\n", line, p.Message); err != nil {
			return err
		}
	}
	return err
}

// replay runs the cases of a file, prints each failure with its first
// difference, and sums up.
func (c *SimulateCmd) replay(out io.Writer) error {
	raw, err := os.ReadFile(c.Cases)
	if err != nil {
		return err
	}
	var lines io.Reader = bytes.NewReader(raw)
	if bytes.HasPrefix(raw, []byte{0x1f, 0x8b}) {
		unpacked, err := gzip.NewReader(lines)
		if err != nil {
			return fmt.Errorf("%s: %w", c.Cases, err)
		}
		defer unpacked.Close()
		lines = unpacked
	}
	passed, failed, err := replayLines(lines, out)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Cases, err)
	}
	if _, err := fmt.Fprintf(out, "%d passed, %d failed\n", passed, failed); err != nil {
		return err
	}
	if failed > 0 {
		return ErrCasesFailed
	}
	return nil
}

func replayLines(lines io.Reader, out io.Writer) (passed, failed int, err error) {
	catalog := enginetest.Registry()
	scanner := bufio.NewScanner(lines)
	scanner.Buffer(nil, maxCase)
	for line := 1; scanner.Scan(); line++ {
		if len(bytes.TrimSpace(scanner.Bytes())) == 0 {
			continue
		}
		name, difference := replayOne(scanner.Bytes(), catalog)
		if difference == "" {
			passed++
			continue
		}
		failed++
		if name == "" { // a broken line has no name to find it by
			name = fmt.Sprintf("line %d", line)
		}
		if _, err := fmt.Fprintf(out, "FAIL %s: %s\n", name, difference); err != nil {
			return passed, failed, err
		}
	}
	return passed, failed, scanner.Err()
}

// replayOne runs one line. A line that cannot be run counts as a failure.
func replayOne(line []byte, catalog engine.Catalog) (name, difference string) {
	var c simulate.Case
	if err := json.Unmarshal(line, &c); err != nil {
		return c.Name, "the case cannot be read: " + err.Error()
	}
	got, err := c.Play(catalog, simulate.Config{})
	if err != nil {
		return c.Name, "the case cannot be run: " + err.Error()
	}
	return c.Name, c.Expect.Difference(got)
}

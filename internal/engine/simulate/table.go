package simulate

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"rehearse.dev/internal/engine"
	"rehearse.dev/internal/expr"
)

// cellWidth is how much of a value the table shows.
const cellWidth = 60

// WriteTable prints the report for a person to read.
func (r *Report) WriteTable(out io.Writer) error {
	p := &printer{out: out}
	p.nodes(r.Nodes)
	p.decisions(r.Decisions)
	p.unresolved(r.Unresolved)
	if r.Outputs.Len() > 0 {
		p.printf("\nOutputs\n")
		for i := range r.Outputs.Len() {
			key, v := r.Outputs.At(i)
			p.printf("  %s = %s\n", expr.Str(key), cell(v))
		}
	}
	for _, node := range r.Waiting {
		p.printf("\nWaiting: node %s waits for a callback or a decision.", node)
	}
	for _, s := range r.Stopped {
		p.printf("\nStopped: node %s would call %s@%s for real. Mock it to go on.", s.Node, s.Plugin, s.PluginVersion)
	}
	p.printf("\n%s after %s of virtual time\n", r.State, seconds(r.Seconds))
	return p.err
}

// printer remembers the first error of its output.
type printer struct {
	out io.Writer
	err error
}

func (p *printer) printf(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.out, format, args...)
	}
}

func (p *printer) nodes(nodes []NodeReport) {
	if p.err != nil {
		return
	}
	table := tabwriter.NewWriter(p.out, 0, 4, 2, ' ', 0)
	rows := &printer{out: table}
	rows.printf("NODE\tNAME\tSTATE\tLOOPS\tTIME\tOUTPUTS\n")
	for i := range nodes {
		n := &nodes[i]
		rows.printf("%s\t%s\t%s\t%d\t%s\t%s\n", n.Node, short(n.Name), n.mark(), n.Loop, seconds(n.Took), n.outcome())
	}
	p.err = rows.err
	if err := table.Flush(); p.err == nil {
		p.err = err
	}
}

func (n *NodeReport) mark() string {
	mark := string(n.State)
	for _, m := range []struct {
		on   bool
		text string
	}{{n.Mocked, "mocked"}, {n.Skipped, "skipped"}, {n.ErrorIgnored, "error ignored"}, {n.Retry > 0, fmt.Sprintf("%d retries", n.Retry)}} {
		if m.on {
			mark += ", " + m.text
		}
	}
	return mark
}

func (n *NodeReport) outcome() string {
	if n.Why != nil {
		return string(n.Why.Rule) + ": " + short(n.Why.Message)
	}
	shown := expr.NewDict(4)
	for i := range n.Outputs.Len() {
		key, v := n.Outputs.At(i)
		if name := expr.Str(key); !strings.HasPrefix(name, "_") {
			shown.Set(name, v)
		}
	}
	if shown.Len() == 0 {
		return "-"
	}
	return cell(shown)
}

func (p *printer) decisions(decisions []DecisionReport) {
	if len(decisions) > 0 {
		p.printf("\nDecisions\n")
	}
	for i := range decisions {
		d := &decisions[i]
		p.printf("  %s (%s, pass %d): %s\n", d.Node, d.Language, d.Loop, short(d.Why))
		for j := range d.Branches {
			b := &d.Branches[j]
			p.printf("    %s %s → %s: %s\n", arrow(b.Taken), b.Flow, b.Target, verdict(b))
			for _, w := range b.Warnings {
				p.printf("        warning: %s\n", w)
			}
		}
	}
}

func arrow(taken bool) string {
	if taken {
		return "▶"
	}
	return " "
}

func verdict(b *engine.Branch) string {
	if b.Default {
		return "default"
	}
	text := short(b.Text)
	if rendered := expr.Str(b.Rendered.Any); rendered != b.Text {
		text += "  ⇒  " + short(rendered)
	}
	switch {
	case b.Error != "":
		return text + "  error: " + short(b.Error)
	case b.Hit:
		return text + "  holds"
	default:
		return text + "  does not hold"
	}
}

func (p *printer) unresolved(pieces []UnresolvedReport) {
	if len(pieces) > 0 {
		p.printf("\nUnresolved: these pieces stayed text\n")
	}
	for i := range pieces {
		u := &pieces[i]
		p.printf("  %s, %s: %s (%s)\n", u.Node, u.Field, short(u.Piece), short(u.Reason))
	}
}

func cell(v any) string { return short(show(v)) }

// short cuts text to the width of a cell and keeps it on one line.
func short(s string) string {
	s = strings.NewReplacer("\n", "⏎", "\t", " ", "\r", "").Replace(s)
	if utf8.RuneCountInString(s) <= cellWidth {
		return s
	}
	return string([]rune(s)[:cellWidth-1]) + "…"
}

func seconds(s float64) string {
	if s == 0 {
		return "0 s"
	}
	return fmt.Sprintf("%.4g s", s)
}

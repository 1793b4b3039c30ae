package expr

import (
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

// Env finds the values of variables.
type Env interface {
	// Lookup returns the value of a variable by its bare name ("order_no",
	// "_loop", "_system"). ok is false for a name that is no variable. An error
	// means that the value could not be made (a hydration failure); it ends the
	// rendering and is returned as it is. Lookup may be asked for one name several
	// times during a call, and for names that no text ever gives a value.
	Lookup(name string) (v any, ok bool, err error)
}

// Unresolved is a piece that stayed text.
type Unresolved struct {
	// Piece is the text with its ${ and }.
	Piece string
	// Reason begins with the kind of problem: "NameError: …", "SyntaxError: …",
	// "unsafe: …", "ZeroDivisionError: …", "limit: …".
	Reason string
}

// Renderer evaluates pieces and conditions within limits. The zero value works:
// it has the default limits, no clock and no random source. It may be used from
// several goroutines; the exported fields must not change after first use.
type Renderer struct {
	// Limits bound the work of one piece or one condition.
	Limits Limits
	// Now is the clock of datetime, time and FEEL's now() and today(). Dates are
	// taken in the zone of the time it returns. Without it such pieces stay text.
	Now func() time.Time
	// Random feeds the random module. Without it such pieces stay text.
	Random rand.Source

	once     sync.Once
	programs *lru.Cache[string, *program]
	dice     sync.Mutex
}

// cacheSize is the number of compiled pieces that a Renderer keeps; longer
// pieces than cachedPiece are compiled each time, to bound the memory.
const (
	cacheSize   = 4096
	cachedPiece = 1 << 10
)

func (r *Renderer) program(piece string) *program {
	if len(piece) > cachedPiece {
		return compile(piece)
	}
	r.once.Do(func() {
		// The only error is a size below one.
		r.programs, _ = lru.New[string, *program](cacheSize)
	})
	if p, ok := r.programs.Get(piece); ok {
		return p
	}
	p := compile(strings.Clone(piece))
	r.programs.Add(strings.Clone(piece), p)
	return p
}

// Render replaces the pieces in every string inside v; keys of objects stay as
// they are, v itself is not changed.
//
// A string that is one piece with a variable's name, or with a path of plain
// indexes, becomes that value with its type; any other piece becomes text. A
// piece that does not parse, is unsafe, is undefined or raises stays as it is
// and is reported (engine.md §8.3). The error is the first one that env
// returned; then there is no value.
func (r *Renderer) Render(v any, env Env) (any, []Unresolved, error) {
	job := r.job(env)
	out, err := job.value(v)
	if err != nil {
		return nil, nil, err
	}
	return out, job.unresolved, nil
}

type render struct {
	r          *Renderer
	env        Env
	unresolved []Unresolved
	// steps and output are what is left for the whole call.
	steps, output int
	// texts are the pieces of the last string, rendered.
	texts map[string]string
}

func (r *Renderer) job(env Env) *render {
	l := r.Limits.withDefaults()
	return &render{r: r, env: env, steps: 5 * l.Steps, output: l.Output}
}

func (j *render) value(v any) (any, error) {
	switch v := v.(type) {
	case string:
		return j.text(v)
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			var err error
			if out[i], err = j.value(item); err != nil {
				return nil, err
			}
		}
		return out, nil
	case *Dict:
		out := v.copy()
		for i, item := range out.vals {
			var err error
			if out.vals[i], err = j.value(item); err != nil {
				return nil, err
			}
		}
		return out, nil
	default:
		return v, nil
	}
}

func (j *render) text(s string) (any, error) {
	if strings.Count(s, "${") == 0 {
		return s, nil
	}
	if v, ok, err := j.typed(s); ok || err != nil {
		return v, err
	}
	var out strings.Builder
	var failed error
	at := 0
	seen := map[string]string{}
	j.texts = seen
	eachPiece(s, func(start, end int) {
		if failed != nil {
			return
		}
		piece := s[start:end]
		text, ok := seen[piece]
		if !ok {
			if text, failed = j.piece(piece); failed != nil {
				return
			}
			seen[piece] = text
		}
		if j.output -= len(text); j.output < 0 && text != piece {
			j.leave(piece, &limitError{"the rendered text grows too large"})
			text = piece
			seen[piece] = piece
		}
		out.WriteString(s[at:start])
		out.WriteString(text)
		at = end
	})
	if failed != nil {
		return nil, failed
	}
	out.WriteString(s[at:])
	return out.String(), nil
}

// typed answers the two forms that keep the value's type: ${name} and
// ${name[0]['key']}. It is the fast path and evaluates nothing.
func (j *render) typed(s string) (v any, ok bool, err error) {
	if len(s) < 4 || s[0] != '$' || s[1] != '{' || s[len(s)-1] != '}' {
		return nil, false, nil
	}
	body := s[2 : len(s)-1]
	n := 0
	for n < len(body) && isAlnum(body[n]) {
		n++
	}
	if n == 0 || (n < len(body) && body[n] != '[') {
		return nil, false, nil
	}
	steps, ok := pathOf(body[n:])
	if !ok {
		return nil, false, nil
	}
	v, ok, err = j.env.Lookup(body[:n])
	if !ok || err != nil {
		return nil, false, err
	}
	for _, step := range steps {
		if v, ok = descend(v, step); !ok {
			return nil, false, nil
		}
	}
	return normal(v), true, nil
}

// piece renders one piece to text; a piece that fails stays as it is.
func (j *render) piece(piece string) (string, error) {
	b := j.r.Limits.budget()
	b.steps = min(b.steps, j.steps)
	start := b.steps
	text, err := j.r.run(j.r.program(piece), j.env, b)
	j.steps -= start - max(0, b.steps)
	if err == nil {
		return text, nil
	}
	if h, ok := err.(*hydrationError); ok {
		return "", h.err
	}
	j.leave(piece, err)
	return piece, nil
}

// leave notes that a piece stays text.
func (j *render) leave(piece string, why error) {
	j.unresolved = append(j.unresolved, Unresolved{piece, why.Error()})
}

// hydrationError carries an error of Env out of an evaluation.
type hydrationError struct{ err error }

func (e *hydrationError) Error() string { return e.err.Error() }
func (e *hydrationError) Unwrap() error { return e.err }

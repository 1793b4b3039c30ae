package expr

import "fmt"

// Limits bound one evaluation. A zero field means its default.
type Limits struct {
	// Steps is the number of elementary operations of one piece, 200,000 by
	// default. Work on long texts and lists counts by its length. All pieces of one
	// call together have five times as many.
	Steps int
	// Output is the size in bytes that the pieces of one call may add to texts,
	// 16 MiB by default.
	Output int
	// Bytes is the memory that texts and lists may take in all, 4 MiB by default.
	Bytes int
	// Depth is the nesting of calls, 100 by default.
	Depth int
	// Bits is the size of a whole number, 32,768 by default.
	Bits int
}

func (l Limits) withDefaults() Limits {
	set := func(field *int, value int) {
		if *field <= 0 {
			*field = value
		}
	}
	set(&l.Steps, 200_000)
	set(&l.Output, 16<<20)
	set(&l.Bytes, 4<<20)
	set(&l.Depth, 100)
	set(&l.Bits, 32_768)
	return l
}

// limitError ends an evaluation that outgrew its budget.
type limitError struct{ msg string }

func (e *limitError) Error() string { return "limit: " + e.msg }

// raised is an exception of the evaluated language.
type raised struct{ kind, msg string }

func (e *raised) Error() string {
	if e.msg == "" {
		return e.kind
	}
	return e.kind + ": " + e.msg
}

func raise(kind, format string, a ...any) error {
	return &raised{kind, fmt.Sprintf(format, a...)}
}

// budget is what is left of the limits during one evaluation.
type budget struct {
	steps, bytes, depth, bits int
}

func (l Limits) budget() *budget {
	l = l.withDefaults()
	return &budget{l.Steps, l.Bytes, l.Depth, l.Bits}
}

// work pays for n elementary operations.
func (b *budget) work(n int) error {
	b.steps -= n
	if b.steps < 0 || n < 0 {
		return &limitError{"too many steps"}
	}
	return nil
}

// scan pays for reading n bytes.
func (b *budget) scan(n int) error { return b.work(1 + n/64) }

// grow pays for n new bytes of text.
func (b *budget) grow(n int) error {
	b.bytes -= n
	if b.bytes < 0 || n < 0 {
		return &limitError{"the result grows too large"}
	}
	return b.scan(n)
}

// slots pays for n new list items.
func (b *budget) slots(n int) error {
	if n > b.steps {
		return &limitError{"too many steps"}
	}
	return b.grow(n * 16)
}

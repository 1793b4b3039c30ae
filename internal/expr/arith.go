package expr

import (
	"math"
	"math/big"
	"strings"
)

// binary applies an arithmetic operator.
func (ev *evaluator) binary(op string, l, r any) (any, error) {
	if isInt(l) && isInt(r) {
		return ev.intOp(op, l, r)
	}
	if isNumber(l) && isNumber(r) {
		return floatOp(op, l, r)
	}
	var v any
	var err error
	ok := false
	switch op {
	case "+":
		v, ok, err = ev.add(l, r)
	case "-":
		v, ok = subtract(l, r)
	case "*":
		v, ok, err = ev.repeat(l, r)
	case "%":
		if s, text := l.(string); text {
			v, err = ev.format(s, r)
			ok = true
		}
	case "|", "&", "^":
		v, ok, err = ev.setOp(op, l, r)
	case "/", "//":
		v, ok, err = divideDelta(op, l, r)
	}
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, raise("TypeError", "unsupported operand type(s) for %s: '%s' and '%s'", op, typeName(l), typeName(r))
	}
	return v, nil
}

func (ev *evaluator) intOp(op string, l, r any) (any, error) {
	if a, ok := small(l); ok {
		if b, ok := small(r); ok {
			if v, ok := smallOp(op, a, b); ok {
				return boolResult(op, l, r, v), nil
			}
		}
	}
	a, _ := intOf(l)
	b, _ := intOf(r)
	out := new(big.Int)
	switch op {
	case "+":
		out.Add(a, b)
	case "-":
		out.Sub(a, b)
	case "*":
		if a.BitLen()+b.BitLen() > ev.bits+1 {
			return nil, &limitError{"a whole number grows too large"}
		}
		out.Mul(a, b)
	case "/":
		return trueDivide(a, b)
	case "//", "%":
		return floorDivide(op, a, b)
	case "**":
		return ev.power(a, b)
	case "<<", ">>":
		return ev.shift(op, a, b)
	case "&":
		out.And(a, b)
	case "|":
		out.Or(a, b)
	case "^":
		out.Xor(a, b)
	}
	return ev.checkBits(out)
}

// smallOp is the quick way for numbers whose result surely fits.
func smallOp(op string, a, b int64) (int64, bool) {
	const half = 1 << 31
	fits := a > -half && a < half && b > -half && b < half
	switch {
	case op == "+" && fits:
		return a + b, true
	case op == "-" && fits:
		return a - b, true
	case op == "*" && fits:
		return a * b, true
	case op == "&":
		return a & b, true
	case op == "|":
		return a | b, true
	case op == "^":
		return a ^ b, true
	default:
		return 0, false
	}
}

// boolResult keeps bool for the bit operators between two bools.
func boolResult(op string, l, r any, v int64) any {
	_, lb := l.(bool)
	_, rb := r.(bool)
	if lb && rb && strings.Contains("&|^", op) {
		return v != 0
	}
	return v
}

func trueDivide(a, b *big.Int) (any, error) {
	if b.Sign() == 0 {
		return nil, raise("ZeroDivisionError", "division by zero")
	}
	f, _ := new(big.Rat).SetFrac(a, b).Float64()
	if a.Sign() == 0 && b.Sign() < 0 {
		f = math.Copysign(0, -1)
	}
	if math.IsInf(f, 0) {
		return nil, raise("OverflowError", "integer division result too large for a float")
	}
	return f, nil
}

func floorDivide(op string, a, b *big.Int) (any, error) {
	if b.Sign() == 0 {
		return nil, raise("ZeroDivisionError", "integer division or modulo by zero")
	}
	q, m := new(big.Int).QuoRem(a, b, new(big.Int))
	if m.Sign() != 0 && m.Sign() != b.Sign() {
		q.Sub(q, big.NewInt(1))
		m.Add(m, b)
	}
	if op == "%" {
		return shrink(m), nil
	}
	return shrink(q), nil
}

func (ev *evaluator) power(a, b *big.Int) (any, error) {
	if b.Sign() < 0 {
		return floatOp("**", shrink(a), shrink(b))
	}
	if a.BitLen() <= 1 {
		if a.Sign() >= 0 && (a.Sign() > 0 || b.Sign() > 0) {
			return shrink(a), nil
		}
		if a.Sign() == 0 || b.Bit(0) == 0 {
			return int64(1), nil
		}
		return shrink(a), nil
	}
	if !b.IsInt64() || b.Int64() > int64(ev.bits) || int64(a.BitLen()-1)*b.Int64() > int64(ev.bits) {
		return nil, &limitError{"a whole number grows too large"}
	}
	return ev.checkBits(new(big.Int).Exp(a, b, nil))
}

func (ev *evaluator) shift(op string, a, b *big.Int) (any, error) {
	if b.Sign() < 0 {
		return nil, raise("ValueError", "negative shift count")
	}
	if op == ">>" {
		if !b.IsInt64() || b.Int64() > int64(a.BitLen()) {
			b = big.NewInt(int64(a.BitLen()) + 1)
		}
		return shrink(new(big.Int).Rsh(a, uint(b.Int64()))), nil
	}
	if a.Sign() != 0 && (!b.IsInt64() || b.Int64()+int64(a.BitLen()) > int64(ev.bits)) {
		return nil, &limitError{"a whole number grows too large"}
	}
	if a.Sign() == 0 {
		return int64(0), nil
	}
	return ev.checkBits(new(big.Int).Lsh(a, uint(b.Int64())))
}

func floatOp(op string, l, r any) (any, error) {
	a, err := floatOf(l)
	if err != nil {
		return nil, err
	}
	b, err := floatOf(r)
	if err != nil {
		return nil, err
	}
	switch op {
	case "+":
		return a + b, nil
	case "-":
		return a - b, nil
	case "*":
		return a * b, nil
	case "**":
		return floatPower(a, b)
	case "/", "//", "%":
		if b == 0 {
			return nil, raise("ZeroDivisionError", "float division by zero")
		}
		if op == "/" {
			return a / b, nil
		}
		q, m := floatDivMod(a, b)
		if op == "%" {
			return m, nil
		}
		return q, nil
	}
	return nil, raise("TypeError", "unsupported operand type(s) for %s: '%s' and '%s'", op, typeName(l), typeName(r))
}

// floatDivMod rounds the quotient down and gives the rest the divisor's sign.
func floatDivMod(a, b float64) (q, m float64) {
	m = math.Mod(a, b)
	q = (a - m) / b
	if m != 0 && (m < 0) != (b < 0) {
		m += b
		q--
	}
	if m == 0 {
		m = math.Copysign(0, b)
	}
	if q == 0 {
		return math.Copysign(0, a/b), m
	}
	floor := math.Floor(q)
	if q-floor > 0.5 {
		floor++
	}
	return floor, m
}

func floatPower(a, b float64) (any, error) {
	if a == 0 && b < 0 {
		return nil, raise("ZeroDivisionError", "0.0 cannot be raised to a negative power")
	}
	if a < 0 && b != math.Trunc(b) && !math.IsInf(b, 0) {
		return nil, raise("ValueError", "complex numbers are not supported")
	}
	f := math.Pow(a, b)
	if math.IsInf(f, 0) && !math.IsInf(a, 0) && !math.IsInf(b, 0) {
		return nil, raise("OverflowError", "(34, 'Numerical result out of range')")
	}
	return f, nil
}

func (ev *evaluator) add(l, r any) (any, bool, error) {
	switch a := l.(type) {
	case string:
		if b, ok := r.(string); ok {
			return a + b, true, ev.grow(len(a) + len(b))
		}
		return nil, false, raise("TypeError", "can only concatenate str (not \"%s\") to str", typeName(r))
	case bytesVal:
		if b, ok := r.(bytesVal); ok {
			return a + b, true, ev.grow(len(a) + len(b))
		}
	case []any:
		if b, ok := r.([]any); ok {
			v, err := ev.concat(a, b)
			return v, true, err
		}
	case tuple:
		if b, ok := r.(tuple); ok {
			v, err := ev.concat(a, b)
			return tuple(v), true, err
		}
	case dateTime, date, delta:
		v, ok := addTime(l, r)
		return v, ok, nil
	}
	return nil, false, nil
}

func (ev *evaluator) concat(a, b []any) ([]any, error) {
	if err := ev.slots(len(a) + len(b)); err != nil {
		return nil, err
	}
	return append(append(make([]any, 0, len(a)+len(b)), a...), b...), nil
}

func subtract(l, r any) (any, bool) {
	if a, ok := l.(*set); ok {
		b, ok := r.(*set)
		if !ok {
			return nil, false
		}
		return a.filter(func(hash any) bool { return !b.has(hash) }), true
	}
	return subTime(l, r)
}

// repeat is text * n and list * n, either way round.
func (ev *evaluator) repeat(l, r any) (any, bool, error) {
	if isInt(l) {
		l, r = r, l
	}
	if d, ok := l.(delta); ok {
		v, ok := scaleDelta(d, r)
		return v, ok, nil
	}
	if !isInt(r) {
		return nil, false, nil
	}
	n, ok := small(r)
	if !ok || n > math.MaxInt32 {
		return nil, false, &limitError{"the result grows too large"}
	}
	count := int(max(n, 0))
	switch l := l.(type) {
	case string:
		s, err := ev.repeatText(l, count)
		return s, true, err
	case bytesVal:
		s, err := ev.repeatText(string(l), count)
		return bytesVal(s), true, err
	case []any:
		v, err := ev.repeatList(l, count)
		return v, true, err
	case tuple:
		v, err := ev.repeatList(l, count)
		return tuple(v), true, err
	}
	return nil, false, nil
}

func (ev *evaluator) repeatText(s string, n int) (string, error) {
	if err := ev.grow(len(s) * n); err != nil {
		return "", err
	}
	return strings.Repeat(s, n), nil
}

func (ev *evaluator) repeatList(items []any, n int) ([]any, error) {
	if err := ev.slots(len(items) * n); err != nil {
		return nil, err
	}
	out := make([]any, 0, len(items)*n)
	if len(items) == 0 {
		return out, nil
	}
	for range n {
		out = append(out, items...)
	}
	return out, nil
}

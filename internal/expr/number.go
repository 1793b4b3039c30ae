package expr

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode"
)

// isInt tells whether Python counts v as an int; a bool is one.
func isInt(v any) bool {
	switch v.(type) {
	case bool, int64, *big.Int:
		return true
	default:
		return false
	}
}

func isNumber(v any) bool {
	_, float := v.(float64)
	return float || isInt(v)
}

// intOf gives the whole number in v, if it is one.
func intOf(v any) (*big.Int, bool) {
	switch v := v.(type) {
	case bool:
		if v {
			return big.NewInt(1), true
		}
		return new(big.Int), true
	case int64:
		return big.NewInt(v), true
	case *big.Int:
		return v, true
	default:
		return nil, false
	}
}

// small gives a whole number that fits an int64.
func small(v any) (int64, bool) {
	switch v := v.(type) {
	case bool:
		if v {
			return 1, true
		}
		return 0, true
	case int64:
		return v, true
	default:
		return 0, false
	}
}

// shrink gives the int64 of a number that fits into one.
func shrink(b *big.Int) any {
	if b.IsInt64() {
		return b.Int64()
	}
	return b
}

// floatOf gives a number as a float; too large a whole number overflows.
func floatOf(v any) (float64, error) {
	switch v := v.(type) {
	case float64:
		return v, nil
	case *big.Int:
		f, _ := new(big.Float).SetInt(v).Float64()
		if math.IsInf(f, 0) {
			return 0, raise("OverflowError", "int too large to convert to float")
		}
		return f, nil
	}
	i, _ := small(v)
	return float64(i), nil
}

// checkBits refuses a whole number beyond the limit.
func (ev *evaluator) checkBits(b *big.Int) (any, error) {
	if b.BitLen() > ev.bits {
		return nil, &limitError{"a whole number grows too large"}
	}
	return shrink(b), ev.scan(b.BitLen() / 8)
}

// intFromText is int("…"): blanks around, a sign, digits with single
// underscores between them.
func intFromText(s string, base int) (any, error) {
	bad := func() error {
		return raise("ValueError", "invalid literal for int() with base %d: %s", base, cut(reprOf(s), 80))
	}
	t := strings.Trim(s, trimmed)
	digits := strings.TrimLeft(t, "+-")
	if len(t)-len(digits) > 1 || digits == "" || len(digits) > maxDigits {
		return nil, bad()
	}
	if strings.HasPrefix(digits, "_") || strings.HasSuffix(digits, "_") || strings.Contains(digits, "__") {
		return nil, bad()
	}
	digits = asciiDigits(strings.ReplaceAll(digits, "_", ""))
	if base == 0 && len(digits) > 1 && digits[0] == '0' && isDigit(digits[1]) && strings.Trim(digits, "0") != "" {
		return nil, bad()
	}
	if base == 16 || base == 8 || base == 2 {
		mark := map[int]string{16: "0x", 8: "0o", 2: "0b"}[base]
		digits = strings.TrimPrefix(strings.ToLower(digits), mark)
	}
	if base != 0 && strings.Trim(strings.ToLower(digits), "0123456789abcdefghijklmnopqrstuvwxyz") != "" {
		return nil, bad()
	}
	v, ok := new(big.Int).SetString(digits, base)
	if !ok {
		return nil, bad()
	}
	if t[0] == '-' {
		v.Neg(v)
	}
	return shrink(v), nil
}

// asciiDigits turns decimal digits of any script into 0 to 9.
func asciiDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x80 || !unicode.Is(unicode.Nd, r) {
			return r
		}
		zero := r
		for unicode.Is(unicode.Nd, zero-1) && r-zero < 9 {
			zero--
		}
		return '0' + r - zero
	}, s)
}

// floatFromText is float("…").
func floatFromText(s string) (any, error) {
	t := strings.ToLower(asciiDigits(strings.Trim(s, trimmed)))
	bad := raise("ValueError", "could not convert string to float: %s", cut(reprOf(s), 80))
	if strings.HasPrefix(strings.TrimLeft(t, "+-"), "0x") || strings.HasSuffix(t, "_") || strings.Contains(t, "__") || len(t) > maxDigits {
		return nil, bad
	}
	for i := range len(t) {
		if t[i] == '_' && (i == 0 || i+1 == len(t) || !isDigit(t[i-1]) || !isDigit(t[i+1])) {
			return nil, bad
		}
	}
	f, err := strconv.ParseFloat(strings.ReplaceAll(t, "_", ""), 64)
	if err != nil && !math.IsInf(f, 0) {
		return nil, bad
	}
	return f, nil
}

// intFromFloat cuts off the fraction.
func intFromFloat(f float64) (any, error) {
	if math.IsInf(f, 0) {
		return nil, raise("OverflowError", "cannot convert float infinity to integer")
	}
	if math.IsNaN(f) {
		return nil, raise("ValueError", "cannot convert float NaN to integer")
	}
	b, _ := new(big.Float).SetFloat64(math.Trunc(f)).Int(nil)
	return shrink(b), nil
}

package seal_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"rehearse.dev/internal/seal"
)

func key(fill byte) []byte { return bytes.Repeat([]byte{fill}, seal.KeySize) }

func ring(t *testing.T, current []byte, older ...[]byte) *seal.Keyring {
	t.Helper()
	k, err := seal.New(current, older...)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestOpenGivesBackWhatWasSealed(t *testing.T) {
	t.Parallel()
	k := ring(t, key(1))
	for _, plain := range []string{"", "x", strings.Repeat("secret", 1000)} {
		sealed := k.Seal([]byte(plain), []byte("task.credentials"))
		if plain != "" && len(plain) > 1 && bytes.Contains(sealed, []byte(plain)) {
			t.Error("the content can be read")
		}
		got, err := k.Open(sealed, []byte("task.credentials"))
		if err != nil || string(got) != plain {
			t.Errorf("opened %q, %v; want %q", got, err, plain)
		}
		if bytes.Equal(sealed, k.Seal([]byte(plain), []byte("task.credentials"))) {
			t.Error("sealing twice gave the same bytes: the nonce is not random")
		}
	}
}

func TestOpenRefusesAnyChange(t *testing.T) {
	t.Parallel()
	k := ring(t, key(1))
	sealed := k.Seal([]byte("content"), []byte("a"))
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		if _, err := k.Open(changed, []byte("a")); err == nil {
			t.Errorf("byte %d changed, and it opened", i)
		}
		if _, err := k.Open(sealed[:i], []byte("a")); !errors.Is(err, seal.ErrCorrupt) {
			t.Errorf("the first %d bytes: %v", i, err)
		}
	}
	if _, err := k.Open(sealed, []byte("b")); !errors.Is(err, seal.ErrCorrupt) {
		t.Errorf("other context: %v", err)
	}
}

func TestRotationFindsAndOpensOldValues(t *testing.T) {
	t.Parallel()
	before := ring(t, key(1))
	sealed := before.Seal([]byte("content"), []byte("c"))
	after := ring(t, key(2), key(1))
	if got, err := after.Open(sealed, []byte("c")); err != nil || string(got) != "content" {
		t.Errorf("opened %q, %v", got, err)
	}
	if id, ok := seal.KeyID(sealed); !ok || id != before.Current() || id == after.Current() {
		t.Errorf("sealed by %q, before %q, after %q", id, before.Current(), after.Current())
	}
	if id, _ := seal.KeyID(after.Seal(nil, nil)); id != after.Current() {
		t.Errorf("new values are sealed by %q", id)
	}
	if _, err := ring(t, key(2)).Open(sealed, []byte("c")); !errors.Is(err, seal.ErrUnknownKey) {
		t.Errorf("without the old key: %v", err)
	}
	if _, ok := seal.KeyID([]byte("{}")); ok {
		t.Error("plain JSON looks sealed")
	}
}

func TestNewRefusesBadKeys(t *testing.T) {
	t.Parallel()
	for name, keys := range map[string][][]byte{
		"Empty": {nil}, "Short": {key(1)[1:]}, "Long": {append(key(1), 1)}, "OlderShort": {key(1), {2}}, "Twice": {key(1), key(1)},
	} {
		if _, err := seal.New(keys[0], keys[1:]...); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestAKeyringDoesNotPrintItsKeys(t *testing.T) {
	t.Parallel()
	k := ring(t, key(1))
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(verb, k); got != "keyring "+k.Current() {
			t.Errorf("%s prints %q", verb, got)
		}
	}
}

// Package seal encrypts what must not be readable in the database: AES-256-GCM
// from the standard library, with the id of the key in front of every sealed value.
//
// It must not know what it seals. No key leaves it, in an error or otherwise.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
)

// KeySize is the length of a key in bytes (AES-256).
const KeySize = 32

// A sealed value is: format (1 byte), key id (8 hex digits), nonce (12), the
// encrypted content, tag (16).
const (
	format = 1
	idSize = 8
	header = 1 + idSize
)

// ErrUnknownKey says that the value was sealed with a key that is not in the ring.
var ErrUnknownKey = errors.New("sealed with a key that is not known")

// ErrCorrupt says that the value is not what was sealed, or was sealed for
// another context.
var ErrCorrupt = errors.New("the sealed value is damaged or belongs elsewhere")

// Keyring seals with its current key and opens with that and older ones. It is
// safe for concurrent use. A key is good for 2^32 values, the bound for random
// nonces (NIST SP 800-38D §8.3).
type Keyring struct {
	current string
	keys    map[string]cipher.AEAD // by id
}

// New makes a ring. It returns an error, which does not hold the key, if one is not
// KeySize bytes long or two of them share an id.
func New(current []byte, older ...[]byte) (*Keyring, error) {
	k := &Keyring{current: id(current), keys: map[string]cipher.AEAD{}}
	for i, key := range append([][]byte{current}, older...) {
		if len(key) != KeySize {
			return nil, fmt.Errorf("key %d has %d bytes, not %d", i+1, len(key), KeySize)
		}
		if _, taken := k.keys[id(key)]; taken {
			return nil, fmt.Errorf("key %d has the id of another key, %s", i+1, id(key))
		}
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, fmt.Errorf("key %d: %w", i+1, err)
		}
		if k.keys[id(key)], err = cipher.NewGCMWithRandomNonce(block); err != nil {
			return nil, fmt.Errorf("key %d: %w", i+1, err)
		}
	}
	return k, nil
}

// id is the first 8 hex digits of the key's SHA-256: enough to tell keys apart,
// and no help in finding one.
func id(key []byte) string {
	sum := sha256.Sum256(key)
	return hex.EncodeToString(sum[:idSize/2])
}

// Current returns the id of the key that Seal uses.
func (k *Keyring) Current() string { return k.current }

// Knows reports whether the ring has the key with that id.
func (k *Keyring) Knows(id string) bool { return k.keys[id] != nil }

// Reseal opens a value and seals it with the current key, for the same context.
// Errors are those of Open.
func (k *Keyring) Reseal(sealed, context []byte) ([]byte, error) {
	plain, err := k.Open(sealed, context)
	if err != nil {
		return nil, err
	}
	defer clear(plain)
	return k.Seal(plain, context), nil
}

// Seal encrypts plain and binds it to context, which says what and whose it is
// ("task.credentials", the task). The caller owns the result, which starts with the
// id of the key (see KeyID).
func (k *Keyring) Seal(plain, context []byte) []byte {
	sealed := append([]byte{format}, k.current...)
	// The nonce of 12 random bytes is made and put in front by the AEAD.
	return k.keys[k.current].Seal(sealed, nil, plain, bound(sealed, context))
}

// Open returns what was sealed for the same context. It returns ErrUnknownKey or
// ErrCorrupt if it cannot.
func (k *Keyring) Open(sealed, context []byte) ([]byte, error) {
	keyID, ok := KeyID(sealed)
	if !ok {
		return nil, ErrCorrupt
	}
	key, ok := k.keys[keyID]
	if !ok {
		return nil, fmt.Errorf("%w: %q", ErrUnknownKey, keyID)
	}
	plain, err := key.Open(nil, nil, sealed[header:], bound(sealed[:header], context))
	if err != nil {
		return nil, ErrCorrupt
	}
	return plain, nil
}

// KeyID returns the id of the key that a value was sealed with, and whether it
// looks sealed at all. A rotation finds its rows with it.
func KeyID(sealed []byte) (string, bool) {
	if len(sealed) < header || sealed[0] != format {
		return "", false
	}
	return string(sealed[1:header]), true
}

// bound is the additional data: header, so that it cannot be changed, and context.
func bound(head, context []byte) []byte {
	return append(append(make([]byte, 0, len(head)+len(context)), head...), context...)
}

// String and GoString name the current key and show none.
func (k *Keyring) String() string { return "keyring " + k.current }

// GoString is String.
func (k *Keyring) GoString() string { return k.String() }

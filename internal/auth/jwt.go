package auth

import (
	"context"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"rehearse.dev/internal/fault"
)

// GatewayHeader is the header in which a gateway vouches for a caller (domain §4.1).
const GatewayHeader = "X-Bkapi-JWT"

const (
	// maxGatewayToken bounds the token: real ones have one or two thousand bytes.
	maxGatewayToken = 8192
	// gatewayLeeway is how far the clock of a gateway may be off.
	gatewayLeeway = 30 * time.Second
	// minGatewayKey is the size of the shortest RSA key that is trusted, in bits.
	minGatewayKey = 2048
)

// GatewayKeys are the public keys of the gateways that are trusted, by key id (kid).
type GatewayKeys map[string]*rsa.PublicKey

// ParseGatewayKey reads the public key of a gateway: RSA of at least 2048 bits, as a
// PEM block with a public key or a certificate. Its errors do not repeat the text.
func ParseGatewayKey(text []byte) (*rsa.PublicKey, error) {
	key, err := jwt.ParseRSAPublicKeyFromPEM(text)
	if err != nil {
		return nil, errors.New("it holds no RSA public key in PEM form")
	}
	if bits := key.N.BitLen(); bits < minGatewayKey {
		return nil, fmt.Errorf("the RSA key has %d bits; at least %d are needed", bits, minGatewayKey)
	}
	return key, nil
}

// Option changes an authenticator while it is made.
type Option func(*Authenticator)

// TrustGateways accepts callers that a gateway with one of the keys vouches for.
// Without keys every such caller is refused.
func TrustGateways(keys GatewayKeys) Option {
	return func(a *Authenticator) {
		g := gateway{Authenticator: a, keys: keys}
		g.parser = jwt.NewParser(
			jwt.WithValidMethods([]string{jwt.SigningMethodRS512.Alg()}),
			jwt.WithExpirationRequired(), // nbf is checked whenever it is there
			jwt.WithLeeway(gatewayLeeway),
			jwt.WithTimeFunc(a.cache.now),
			jwt.WithStrictDecoding(),
		)
		a.methods = append(a.methods, g.byJWT)
	}
}

// gateway is the method of GatewayHeader.
type gateway struct {
	*Authenticator
	keys   GatewayKeys
	parser *jwt.Parser
}

// claims is what a gateway says. Both parts carry whether the gateway has checked
// them; a part that was not checked is what a stranger has claimed.
type claims struct {
	jwt.RegisteredClaims
	App struct {
		Code     string `json:"app_code"`
		Verified bool   `json:"verified"`
	} `json:"app"`
	User struct {
		Username string `json:"username"`
		Verified bool   `json:"verified"`
	} `json:"user"`
}

// byJWT checks the token each time, so that it is never believed past its end; only
// the row of the application is remembered. Every refusal has one text: what is
// wrong with a forged token is nobody's business.
func (g gateway) byJWT(ctx context.Context, h http.Header) (Caller, bool, error) {
	values := h.Values(GatewayHeader)
	if len(values) == 0 {
		return Caller{}, false, nil
	}
	sent, ok := g.read(values)
	if !ok {
		return Caller{}, true, errGateway()
	}
	who := Credentials{AppCode: sent.App.Code}
	if sent.User.Verified {
		who.Username = sent.User.Username
	}
	// The NUL at the start keeps the key apart from those of headers, which cannot
	// hold one, and the checked parts from each other.
	key := sha256.Sum256([]byte("\x00" + GatewayHeader + "\x00" + who.AppCode + "\x00" + who.Username))
	c, err := g.cache.remember(key, func() (Caller, error) { return g.vouched(ctx, who) })
	return c, true, err
}

// read returns the claims of a token that a trusted gateway has signed and that is
// valid now.
func (g gateway) read(values []string) (claims, bool) {
	if len(values) != 1 || len(values[0]) > maxGatewayToken {
		return claims{}, false
	}
	var sent claims
	_, err := g.parser.ParseWithClaims(values[0], &sent, g.key)
	if err != nil || !sent.App.Verified || sent.App.Code == "" {
		return claims{}, false
	}
	return sent, checkUsername(sent.User.Username) == nil
}

// key picks the key that the token names. A token that demands extensions is not
// understood (RFC 7515 §4.1.11).
func (g gateway) key(t *jwt.Token) (any, error) {
	kid, _ := t.Header["kid"].(string)
	key := g.keys[kid]
	if _, critical := t.Header["crit"]; key == nil || critical {
		return nil, errGateway()
	}
	return key, nil
}

// vouched reads the application that the gateway has named.
func (g gateway) vouched(ctx context.Context, who Credentials) (Caller, error) {
	found, err := g.lookUp(ctx, who.AppCode)
	if err != nil {
		return Caller{}, err
	}
	if found.caller.AppID == 0 {
		return Caller{}, errGateway()
	}
	found.caller.Username = who.Username
	return found.caller, nil
}

func errGateway() error {
	return fault.Newf(fault.CodeUnauthenticated, "the token in %s is not accepted", GatewayHeader)
}

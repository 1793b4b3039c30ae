package auth_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/store/storetest"
)

// gatewayKey is a key that the tests trust under the name "gw"; otherKey is nobody's.
var gatewayKey, otherKey = sync.OnceValue(newKey), sync.OnceValue(newKey)

func newKey() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err) // no randomness, no tests
	}
	return key
}

// start is the time at which the tests of gateways begin.
var start = time.Unix(1_700_000_000, 0)

// newGatewayWorld is newWorld with a trusted gateway.
func newGatewayWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, store: storetest.New(t)}
	w.clock.Store(start.UnixNano())
	w.Authenticator = auth.New(w.store, func() time.Time { return time.Unix(0, w.clock.Load()) },
		auth.TrustGateways(auth.GatewayKeys{"gw": &gatewayKey().PublicKey}))
	w.app("shop", "s3cret", false)
	return w
}

// good are the claims of a token that is accepted.
func good(change ...jwt.MapClaims) jwt.MapClaims {
	c := jwt.MapClaims{
		"iss": "APIGW", "exp": start.Add(time.Minute).Unix(), "nbf": start.Add(-time.Minute).Unix(),
		"app":  map[string]any{"app_code": "shop", "verified": true, "version": 1},
		"user": map[string]any{"username": "ann", "verified": true},
	}
	for _, more := range change {
		maps.Copy(c, more)
	}
	return c
}

func sign(t *testing.T, method jwt.SigningMethod, kid any, key any, c jwt.MapClaims) string {
	t.Helper()
	token := jwt.NewWithClaims(method, c)
	if kid != nil {
		token.Header["kid"] = kid
	}
	text, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func gatewayHeader(tokens ...string) http.Header {
	h := http.Header{}
	for _, token := range tokens {
		h.Add("X-Bkapi-JWT", token)
	}
	return h
}

func TestAGatewayTellsTheCaller(t *testing.T) {
	t.Parallel()
	w := newGatewayWorld(t)
	token := sign(t, jwt.SigningMethodRS512, "gw", gatewayKey(), good())
	c, statements, err := w.ask(gatewayHeader(token))
	if err != nil || c.AppCode != "shop" || c.Username != "ann" || statements != 1 {
		t.Errorf("%+v, %v, %d statements", c, err, statements)
	}
	if _, statements, _ = w.ask(gatewayHeader(token)); statements != 0 {
		t.Errorf("%d statements for a known caller", statements)
	}
	claimed := good(jwt.MapClaims{"user": map[string]any{"username": "root", "verified": false}})
	c, _, err = w.ask(gatewayHeader(sign(t, jwt.SigningMethodRS512, "gw", gatewayKey(), claimed)))
	if err != nil || c.Username != "" {
		t.Errorf("a user whom the gateway has not checked: %+v, %v", c, err)
	}
	// A token that was accepted ends all the same, and the clocks may differ a little.
	w.clock.Store(start.Add(time.Minute + 29*time.Second).UnixNano())
	if _, _, err = w.ask(gatewayHeader(token)); err != nil {
		t.Errorf("within the leeway: %v", err)
	}
	w.clock.Store(start.Add(time.Minute + 31*time.Second).UnixNano())
	if _, _, err = w.ask(gatewayHeader(token)); fault.CodeOf(err) != fault.CodeUnauthenticated {
		t.Errorf("an expired token that was known: %v", err)
	}
}

// Row 92 of the edge cases (domain §7).
func TestGatewayTokensThatAreRefusedLookTheSame(t *testing.T) {
	t.Parallel()
	w := newGatewayWorld(t)
	public, err := x509.MarshalPKIXPublicKey(&gatewayKey().PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	shared := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})
	rs512 := func(kid any, c jwt.MapClaims) string {
		return sign(t, jwt.SigningMethodRS512, kid, gatewayKey(), c)
	}
	accepted := rs512("gw", good())
	parts := strings.Split(accepted, ".")
	other := strings.Split(rs512("gw", good(jwt.MapClaims{"app": map[string]any{"app_code": "bare", "verified": true}})), ".")
	headers := map[string]http.Header{
		"Empty":          gatewayHeader(""),
		"NoToken":        gatewayHeader("x.y"),
		"SentTwice":      gatewayHeader(accepted, accepted),
		"TooLong":        gatewayHeader(rs512("gw", good(jwt.MapClaims{"x": strings.Repeat("x", 8192)}))),
		"None":           gatewayHeader(sign(t, jwt.SigningMethodNone, "gw", jwt.UnsafeAllowNoneSignatureType, good())),
		"NoSignature":    gatewayHeader(parts[0] + "." + parts[1] + "."),
		"HS512PublicKey": gatewayHeader(sign(t, jwt.SigningMethodHS512, "gw", shared, good())),
		"HS256":          gatewayHeader(sign(t, jwt.SigningMethodHS256, "gw", public, good())),
		"RS256":          gatewayHeader(sign(t, jwt.SigningMethodRS256, "gw", gatewayKey(), good())),
		"PS512":          gatewayHeader(sign(t, jwt.SigningMethodPS512, "gw", gatewayKey(), good())),
		"OtherKey":       gatewayHeader(sign(t, jwt.SigningMethodRS512, "gw", otherKey(), good())),
		"UnknownKid":     gatewayHeader(rs512("other", good())),
		"NoKid":          gatewayHeader(rs512(nil, good())),
		"KidIsNoText":    gatewayHeader(rs512(5, good())),
		"Tampered":       gatewayHeader(parts[0] + "." + other[1] + "." + parts[2]),
		"Padded":         gatewayHeader(accepted + "="),
		"Bearer":         gatewayHeader("Bearer " + accepted),
		"Expired":        gatewayHeader(rs512("gw", good(jwt.MapClaims{"exp": start.Add(-time.Minute).Unix()}))),
		"NoExpiry":       gatewayHeader(rs512("gw", good(jwt.MapClaims{"exp": nil}))),
		"NotYet":         gatewayHeader(rs512("gw", good(jwt.MapClaims{"nbf": start.Add(time.Minute).Unix()}))),
		"NoApp":          gatewayHeader(rs512("gw", good(jwt.MapClaims{"app": nil}))),
		"NoAppCode":      gatewayHeader(rs512("gw", good(jwt.MapClaims{"app": map[string]any{"verified": true}}))),
		"NotVerified":    gatewayHeader(rs512("gw", good(jwt.MapClaims{"app": map[string]any{"app_code": "shop", "verified": false}}))),
		"VerifiedText":   gatewayHeader(rs512("gw", good(jwt.MapClaims{"app": map[string]any{"app_code": "shop", "verified": "true"}}))),
		"UnknownApp":     gatewayHeader(rs512("gw", good(jwt.MapClaims{"app": map[string]any{"app_code": "nobody", "verified": true}}))),
		"ControlUser":    gatewayHeader(rs512("gw", good(jwt.MapClaims{"user": map[string]any{"username": "a\x00b", "verified": true}}))),
	}
	critical := jwt.NewWithClaims(jwt.SigningMethodRS512, good())
	critical.Header["kid"], critical.Header["crit"] = "gw", []string{"x"}
	text, err := critical.SignedString(gatewayKey())
	if err != nil {
		t.Fatal(err)
	}
	headers["Critical"] = gatewayHeader(text)
	for name, h := range headers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := w.Header(t.Context(), h)
			if fault.CodeOf(err) != fault.CodeUnauthenticated || err.Error() != "the token in X-Bkapi-JWT is not accepted" {
				t.Errorf("err = %v", err)
			}
		})
	}
}

func TestWithoutKeysNoGatewayIsTrusted(t *testing.T) {
	t.Parallel()
	w := &world{t: t, store: storetest.New(t)}
	w.Authenticator = auth.New(w.store, func() time.Time { return start }, auth.TrustGateways(nil))
	w.app("shop", "s3cret", false)
	for name, kid := range map[string]any{"named": "gw", "empty": "", "missing": nil} {
		token := sign(t, jwt.SigningMethodRS512, kid, gatewayKey(), good())
		if _, _, err := w.ask(gatewayHeader(token)); fault.CodeOf(err) != fault.CodeUnauthenticated {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A key of the cache that a gateway's caller has must not be reachable with
// credentials.
func TestACallerOfAGatewayLendsItsNameToNobody(t *testing.T) {
	t.Parallel()
	w := newGatewayWorld(t)
	token := sign(t, jwt.SigningMethodRS512, "gw", gatewayKey(), good())
	if _, _, err := w.ask(gatewayHeader(token)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []auth.Credentials{
		{AppCode: "shop", AppSecret: "X-Bkapi-JWT", Username: "ann"}, {AppCode: "X-Bkapi-JWT", AppSecret: "shop", Username: "ann"},
	} {
		if _, err := w.Check(t.Context(), c); fault.CodeOf(err) != fault.CodeUnauthenticated {
			t.Errorf("%v: %v", c, err)
		}
	}
	if _, _, err := w.ask(raw("\x00X-Bkapi-JWT\x00shop\x00ann x")); fault.CodeOf(err) != fault.CodeUnauthenticated {
		t.Error(err)
	}
}

func TestASpaceOfTheGatewaysCallerIsSeenAtOnce(t *testing.T) {
	t.Parallel()
	w := newGatewayWorld(t)
	h := gatewayHeader(sign(t, jwt.SigningMethodRS512, "gw", gatewayKey(), good()))
	c, _, err := w.ask(h)
	if err != nil {
		t.Fatal(err)
	}
	id := w.space(c.AppID, "new", false)
	w.Forget(c.AppID)
	if c, _, err = w.ask(h); err != nil || !c.Sees(id) {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestGatewayKeysAreRSAPublicKeys(t *testing.T) {
	t.Parallel()
	pkix, err := x509.MarshalPKIXPublicKey(&gatewayKey().PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	block := func(kind string, bytes []byte) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: bytes})
	}
	for name, text := range map[string][]byte{
		"PKIX": block("PUBLIC KEY", pkix), "PKCS1": block("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&gatewayKey().PublicKey)),
	} {
		key, err := auth.ParseGatewayKey(text)
		if err != nil || !key.Equal(&gatewayKey().PublicKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
	const small = "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAKj34GkxFhD90vcNLYLInFEX6Ppy1tPf9Cnzj4p4WGeKLs1Pt8QuKUpRKfFLfRYC9AIKjbJTWit+CqvjWYzvQwECAwEAAQ=="
	der, err := base64.StdEncoding.DecodeString(small)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{
		"Empty": nil, "NotPEM": pkix, "Private": block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(gatewayKey())),
		"Small": block("PUBLIC KEY", der),
	} {
		if key, err := auth.ParseGatewayKey(text); err == nil || key != nil {
			t.Errorf("%s is taken", name)
		}
	}
}

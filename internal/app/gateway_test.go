package app_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rehearse.dev/internal/app"
)

// gatewayFiles writes key files and returns their folder.
func gatewayFiles(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	write := func(name, kind string, der []byte) {
		fatal(t, os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	fatal(t, err)
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	fatal(t, err)
	write("good.pem", "PUBLIC KEY", public)
	write("private.pem", "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key))
	edwards, _, err := ed25519.GenerateKey(rand.Reader)
	fatal(t, err)
	other, err := x509.MarshalPKIXPublicKey(edwards)
	fatal(t, err)
	write("edwards.pem", "PUBLIC KEY", other)
	fatal(t, os.WriteFile(filepath.Join(dir, "text.pem"), []byte("s3cr3t"), 0o600))
	return dir
}

// stopper is a log that ends the server when it says that it serves.
type stopper struct {
	lines
	stop context.CancelFunc
}

func (s *stopper) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte("msg=serving")) {
		s.stop()
	}
	return s.lines.Write(p)
}

// serveOnce starts the server in the folder and stops it as soon as it serves.
func serveOnce(t *testing.T, dir string, flags ...string) (code int, log string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out := &stopper{stop: cancel}
	args := append([]string{"serve", "--addr", "127.0.0.1:0", "--db", filepath.Join(dir, "rehearse.db")}, flags...)
	code = app.Run(ctx, args, io.Discard, out)
	return code, out.String()
}

func TestABadGatewayKeyStopsTheStartAndIsNamed(t *testing.T) {
	t.Parallel()
	dir := gatewayFiles(t)
	at := func(name string) string { return filepath.Join(dir, name) }
	good := "gw=" + at("good.pem")
	for name, test := range map[string]struct {
		values []string
		want   string
	}{
		"no kid":      {[]string{"=" + at("good.pem")}, "is not KID=FILE.pem"},
		"no file":     {[]string{"gw="}, "is not KID=FILE.pem"},
		"one word":    {[]string{"gw"}, "is not KID=FILE.pem"},
		"missing":     {[]string{"gw=" + at("nowhere.pem")}, "no such file"},
		"a folder":    {[]string{"gw=" + dir}, "is a directory"},
		"no PEM":      {[]string{"gw=" + at("text.pem")}, "no RSA public key"},
		"private":     {[]string{"gw=" + at("private.pem")}, "no RSA public key"},
		"not RSA":     {[]string{"gw=" + at("edwards.pem")}, "no RSA public key"},
		"kid twice":   {[]string{good, good}, "there is a key for \"gw\" already"},
		"second, bad": {[]string{good, "other=" + at("text.pem")}, "other="},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			home := t.TempDir()
			var flags []string
			for _, value := range test.values {
				flags = append(flags, "--gateway-key", value)
			}
			code, complaint := serveOnce(t, home, flags...)
			if code != 2 || !strings.HasPrefix(complaint, "rehearse: --gateway-key: ") || !strings.Contains(complaint, test.want) || strings.Contains(complaint, "s3cr3t") {
				t.Errorf("code %d: %s", code, complaint)
			}
			if left, err := filepath.Glob(filepath.Join(home, "*")); err != nil || len(left) > 0 {
				t.Errorf("files were made: %v %v", left, err)
			}
		})
	}
}

func TestAServerStartsWithGatewayKeys(t *testing.T) {
	t.Parallel()
	dir := gatewayFiles(t)
	file := filepath.Join(dir, "good.pem")
	if code, log := serveOnce(t, t.TempDir(), "--gateway-key", "a="+file, "--gateway-key", "b = "+file); code != 0 || !strings.Contains(log, "serving") {
		t.Errorf("code %d: %s", code, log)
	}
}

func TestABadGatewayKeyOfTheEnvironmentIsNamed(t *testing.T) {
	t.Setenv("REHEARSE_GATEWAY_KEY", "gw")
	code, complaint := serveOnce(t, t.TempDir())
	if code != 2 || !strings.Contains(complaint, "REHEARSE_GATEWAY_KEY: \"gw\" is not KID=FILE.pem") {
		t.Errorf("code %d: %s", code, complaint)
	}
}

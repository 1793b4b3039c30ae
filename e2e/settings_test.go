package e2e

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const goodKey = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

func TestBadSettingsStopTheStartAndNameThemselves(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		flag, variable, value string
		want                  string // part of the message after the name
	}{
		"AddrWithoutPort":   {"--addr", "REHEARSE_ADDR", "nonsense", "HOST:PORT"},
		"AddrEmpty":         {"--addr", "REHEARSE_ADDR", "", "HOST:PORT"},
		"PortTooLarge":      {"--addr", "REHEARSE_ADDR", "127.0.0.1:99999", "port"},
		"PortNoNumber":      {"--addr", "REHEARSE_ADDR", "127.0.0.1:http!", "port"},
		"AnotherDatabase":   {"--db", "REHEARSE_DB", "mysql://u:hidden@h/d", "other URLs and memory are not served"},
		"Memory":            {"--db", "REHEARSE_DB", ":memory:", "path of a file"},
		"NoDatabase":        {"--db", "REHEARSE_DB", "", "path of a file"},
		"DatabaseIsTheKey":  {"--db", "REHEARSE_DB", "rehearse.key", "key"},
		"DevIsNoBool":       {"--dev", "REHEARSE_DEV", "maybe", "true"},
		"LogForm":           {"--log", "REHEARSE_LOG", "xml", `"text","json"`},
		"LogEmpty":          {"--log", "REHEARSE_LOG", "", `"text","json"`},
		"KeyTooShort":       {"", "REHEARSE_KEY", goodKey[2:], "32 bytes"},
		"KeyTooLong":        {"", "REHEARSE_KEY", goodKey + "00", "32 bytes"},
		"KeyIsNoEncoding":   {"", "REHEARSE_KEY", strings.Repeat("?", 44), "32 bytes"},
		"KeyIsAPassword":    {"", "REHEARSE_KEY", "correct horse battery staple", "32 bytes"},
		"DevOnAllAddresses": {"--addr", "REHEARSE_ADDR", "0.0.0.0:0", ""}, // completed below
	} {
		dev := name == "DevOnAllAddresses"
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			args := []string{"serve"}
			if dev {
				args, test.want = append(args, "--dev"), "loopback"
			}
			refused(t, run(t, dir, []string{test.variable + "=" + test.value}, args...), test.variable, test.want, test.value)
			if test.flag != "" {
				refused(t, run(t, dir, nil, append(args, test.flag+"="+test.value)...), test.flag, test.want, "")
				// The flag wins over the variable, also in the message.
				refused(t, run(t, dir, []string{"REHEARSE_ADDR=:1"}, append(args, test.flag+"="+test.value)...), test.flag, test.want, "")
			}
			left, err := os.ReadDir(dir)
			if err != nil || len(left) > 0 {
				t.Errorf("a refused start left %v, %v", left, err)
			}
		})
	}
}

// Servers that share a database need the same key, so none is made for them.
func TestPostgreSQLNeedsAKey(t *testing.T) {
	t.Parallel()
	for _, dsn := range []string{"postgres://u:hidden@h/d", "postgresql://u:hidden@h/d"} {
		refused(t, run(t, t.TempDir(), nil, "serve", "--db="+dsn), "--key-file", "REHEARSE_KEY", "hidden")
	}
}

func refused(t *testing.T, r result, name, want, secret string) {
	t.Helper()
	if r.code != 2 || r.out != "" || !strings.HasPrefix(r.err, "rehearse: "+name) || !strings.Contains(r.err, want) || strings.Contains(r.err, "\n") {
		t.Errorf("%s: code %d: %s%s", name, r.code, r.out, r.err)
	}
	if (name == "REHEARSE_KEY" || strings.Contains(secret, "hidden")) && strings.Contains(r.err, secret) {
		t.Errorf("the message tells the value: %s", r.err)
	}
}

func TestSettingsFromVariables(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := start(t, dir, []string{
		"REHEARSE_ADDR=127.0.0.1:0", "REHEARSE_DB=named.db", "REHEARSE_DEV=1", "REHEARSE_LOG=json", "REHEARSE_KEY=" + goodKey,
	}, "serve")
	p.err.match(t, `^\{.*"msg":"serving".*"db":"named\.db".*"dev":true`)
	p.out.match(t, `X-Bkapi-Authorization`)
	if m := mode(t, dir, "named.db"); m != 0o600 {
		t.Errorf("the database has mode %04o", m)
	}
	absent(t, filepath.Join(dir, "named.key"))

	beside := serve(t, dir, []string{"REHEARSE_DB=named.db", "REHEARSE_LOG=json"}, "--db", "other.db", "--log", "text")
	beside.err.match(t, `msg=serving .*db=other\.db dev=false`)
}

func TestWhatSettingsPointAtIsNamedToo(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() })
	dir := t.TempDir()
	for name, content := range map[string]string{"text.db": strings.Repeat("no database ", 100), "open.key": goodKey, "bad.key": "xyz"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Join(dir, "open.key"), 0o640); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ env, want string }{
		"AddressTaken":    {"REHEARSE_ADDR=" + taken.Addr().String(), "REHEARSE_ADDR: "},
		"NoFolder":        {"REHEARSE_DB=missing/a.db", "REHEARSE_DB: "},
		"Folder":          {"REHEARSE_DB=" + dir, "REHEARSE_DB: "},
		"NoDatabaseFile":  {"REHEARSE_DB=text.db", "REHEARSE_DB: "},
		"KeyFileReadable": {"REHEARSE_DB=open.db", "key file open.key is open to others (mode 0640)"},
		"KeyFileNoKey":    {"REHEARSE_DB=bad.db", "each line of the key file bad.key must be"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := []string{test.env}
			if !strings.HasPrefix(test.env, "REHEARSE_ADDR") {
				env = append(env, "REHEARSE_ADDR=127.0.0.1:0")
			}
			r := run(t, dir, env, "serve")
			if r.code != 1 || !strings.HasPrefix(r.err, "rehearse: "+test.want) || strings.Contains(r.err, goodKey) {
				t.Errorf("code %d: %s", r.code, r.err)
			}
		})
	}
}

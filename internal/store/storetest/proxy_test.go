package storetest

import (
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"
)

// echo answers with what it gets.
func echo(t *testing.T) (dsn string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = c.Close() }()
				_, _ = io.Copy(c, c)
			}()
		}
	}()
	return "postgres://user@" + listener.Addr().String() + "/db"
}

func connect(t *testing.T, p *Proxy) net.Conn {
	t.Helper()
	_, rest, _ := strings.Cut(p.URL, "@")
	address, _, _ := strings.Cut(rest, "/")
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// say sends a word and reads the answer, for a moment.
func say(t *testing.T, c net.Conn) error {
	t.Helper()
	if _, err := c.Write([]byte("word")); err != nil {
		return err
	}
	if err := c.SetReadDeadline(time.Now().Add(200 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 4)
	if _, err := io.ReadFull(c, got); err != nil {
		return err
	}
	if string(got) != "word" {
		t.Errorf("heard %q", got)
	}
	return nil
}

func TestTheProxyFailsAsItIsTold(t *testing.T) {
	t.Parallel()
	p := NewProxy(t, echo(t))
	first := connect(t, p)
	if err := say(t, first); err != nil || p.Links() != 1 {
		t.Fatalf("%v, %d links", err, p.Links())
	}
	p.Swallow()
	second := connect(t, p)
	for name, c := range map[string]net.Conn{"first": first, "second": second} {
		if err := say(t, c); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("the %s, swallowed: %v", name, err)
		}
	}
	p.Heal()
	if err := say(t, first); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the first, spoiled: %v", err)
	}
	third := connect(t, p)
	if err := say(t, third); err != nil {
		t.Errorf("the third, healed: %v", err)
	}
	p.Cut()
	if err := say(t, third); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the third, cut: %v", err)
	}
	if err := say(t, connect(t, p)); err != nil {
		t.Errorf("the fourth: %v", err)
	}
	p.Down()
	if err := say(t, connect(t, p)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the fifth, refused: %v", err)
	}
	p.Up()
	if err := say(t, connect(t, p)); err != nil {
		t.Errorf("the sixth: %v", err)
	}
}

package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
)

// turns stands between a server and PostgreSQL and counts how often the server waits
// for an answer: PostgreSQL ends each one by saying that it is ready for what comes next.
type turns struct {
	listener net.Listener
	target   string
	count    atomic.Int64

	mu    sync.Mutex
	conns []net.Conn
	links sync.WaitGroup
}

// newTurns makes one for the database of the URL, which must not ask for TLS, and
// returns the URL that leads through it.
func newTurns(ctx context.Context, dsn string) (*turns, string, error) {
	u, err := url.Parse(dsn)
	if err != nil {
		return nil, "", errors.New("the URL of the database is not understood")
	}
	t := &turns{target: u.Host}
	if t.listener, err = new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0"); err != nil {
		return nil, "", err
	}
	u.Host = t.listener.Addr().String()
	t.links.Go(func() { t.accept(ctx) })
	return t, u.String(), nil
}

// close ends all connections.
func (t *turns) close() error {
	err := t.listener.Close()
	t.mu.Lock()
	for _, c := range t.conns {
		_ = c.Close() // nothing is lost with it
	}
	t.mu.Unlock()
	t.links.Wait()
	return err
}

func (t *turns) accept(ctx context.Context) {
	for {
		near, err := t.listener.Accept()
		if err != nil {
			return
		}
		far, err := new(net.Dialer).DialContext(ctx, "tcp", t.target)
		if err != nil {
			_ = near.Close() // the server learns of it so
			continue
		}
		t.mu.Lock()
		t.conns = append(t.conns, near, far)
		t.mu.Unlock()
		t.links.Go(func() {
			_, _ = io.Copy(far, near) // ends with either of them
			_ = far.Close()
		})
		t.links.Go(func() {
			_ = t.answers(near, far) // ends with either of them
			_ = near.Close()
		})
	}
}

// ready is the type of the message that ends an answer.
const ready = 'Z'

// answers copies messages of PostgreSQL: a type, a length that counts itself, and the rest.
func (t *turns) answers(to io.Writer, from io.Reader) error {
	in, out := bufio.NewReaderSize(from, 64<<10), bufio.NewWriterSize(to, 64<<10)
	for {
		head, err := in.Peek(5)
		if err != nil {
			return err
		}
		length := int64(binary.BigEndian.Uint32(head[1:])) + 1
		if head[0] == ready {
			t.count.Add(1)
		}
		if _, err := io.CopyN(out, in, length); err != nil {
			return err
		}
		if in.Buffered() == 0 {
			if err := out.Flush(); err != nil {
				return err
			}
		}
	}
}

package dispatch_test

import (
	"net"
	"net/url"
	"sync"
	"testing"
)

// proxy stands between a server and its database, and can fail.
type proxy struct {
	target string
	listen net.Listener
	work   sync.WaitGroup

	mu     sync.Mutex
	conns  map[net.Conn]bool // whether its bytes arrive
	cut    bool
	frozen chan struct{} // closed when bytes flow
}

// newProxy forwards to the database of dsn; its own address is in the answer.
func newProxy(t *testing.T, dsn string) (p *proxy, through string) {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p = &proxy{target: u.Host, listen: l, conns: map[net.Conn]bool{}, frozen: make(chan struct{})}
	close(p.frozen)
	p.work.Go(p.accept)
	t.Cleanup(func() {
		_ = l.Close()
		p.Thaw()
		p.Cut()
		p.work.Wait()
	})
	u.Host = l.Addr().String()
	return p, u.String()
}

// Cut closes all connections, and each that comes, until Heal.
func (p *proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = true
	for c := range p.conns {
		_ = c.Close()
	}
}

// Heal lets connections through again.
func (p *proxy) Heal() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = false
}

// Freeze keeps connections open, but nothing comes through until Thaw.
func (p *proxy) Freeze() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.frozen = make(chan struct{})
}

// Thaw lets bytes flow again.
func (p *proxy) Thaw() {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.frozen:
	default:
		close(p.frozen)
	}
}

// Swallow loses all bytes of the connections that there are, as a router does that
// forgot them. New ones work.
func (p *proxy) Swallow() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		p.conns[c] = false
	}
}

func (p *proxy) arrives(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.conns[c]
}

func (p *proxy) flows() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.frozen
}

// hold keeps a connection, unless it is refused.
func (p *proxy) hold(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cut {
		_ = c.Close()
		return false
	}
	p.conns[c] = true
	return true
}

func (p *proxy) drop(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
	_ = c.Close()
}

func (p *proxy) accept() {
	for {
		front, err := p.listen.Accept()
		if err != nil {
			return
		}
		if !p.hold(front) {
			continue
		}
		back, err := net.Dial("tcp", p.target)
		if err != nil || !p.hold(back) {
			p.drop(front)
			continue
		}
		p.work.Go(func() { p.forward(front, back) })
		p.work.Go(func() { p.forward(back, front) })
	}
}

func (p *proxy) forward(to, from net.Conn) {
	defer p.drop(to)
	defer p.drop(from)
	for buf := make([]byte, 4096); ; {
		n, err := from.Read(buf)
		<-p.flows()
		if !p.arrives(from) {
			n = 0
		}
		if _, failed := to.Write(buf[:n]); err != nil || failed != nil {
			return
		}
	}
}

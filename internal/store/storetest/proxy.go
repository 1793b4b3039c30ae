package storetest

import (
	"context"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
)

// Proxy stands between a store and PostgreSQL, to be the network that fails. Its methods
// are safe for concurrent use.
type Proxy struct {
	// URL is that of the database, by way of the proxy.
	URL string

	to       string
	listener net.Listener
	down     atomic.Bool // who connects is sent away
	running  sync.WaitGroup

	mu    sync.Mutex
	lost  bool // what comes is thrown away
	links map[*link]bool
}

// link is one connection through the proxy.
type link struct {
	ends [2]net.Conn
	lost *atomic.Bool // of its own: what was thrown away makes the rest useless
}

// NewProxy listens on loopback for connections to a database that Database has named.
// The test's end closes it.
func NewProxy(t testing.TB, dsn string) *Proxy {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal("the URL of the database is not understood")
	}
	p := &Proxy{to: u.Host, links: map[*link]bool{}}
	if u.Port() == "" {
		p.to = net.JoinHostPort(u.Hostname(), "5432")
	}
	if p.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatalf("listen for the proxy: %v", err)
	}
	u.Host = p.listener.Addr().String()
	p.URL = u.String()
	p.running.Go(p.accept)
	t.Cleanup(func() {
		_ = p.listener.Close()
		p.Down()
		p.running.Wait()
	})
	return p
}

// Cut ends all connections that there are. Others can be made.
func (p *Proxy) Cut() { p.end(func(*link) bool { return true }) }

// Down ends all connections and refuses others until Up.
func (p *Proxy) Down() {
	p.down.Store(true)
	p.Cut()
}

// Up ends Down.
func (p *Proxy) Up() { p.down.Store(false) }

// Swallow throws everything away that either side sends, on connections that there are
// and on new ones, and keeps them open: nobody is told.
func (p *Proxy) Swallow() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lost = true
	for l := range p.links {
		l.lost.Store(true)
	}
}

// Heal ends Swallow and the connections that it spoiled.
func (p *Proxy) Heal() {
	p.mu.Lock()
	p.lost = false
	p.mu.Unlock()
	p.end(func(l *link) bool { return l.lost.Load() })
}

// Links is how many connections there are.
func (p *Proxy) Links() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.links)
}

func (p *Proxy) end(which func(*link) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.links {
		if which(l) {
			l.close()
		}
	}
}

func (l *link) close() {
	for _, end := range l.ends {
		_ = end.Close()
	}
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return // closed
		}
		if p.down.Load() {
			_ = client.Close()
			continue
		}
		server, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", p.to)
		if err != nil {
			_ = client.Close()
			continue
		}
		l := &link{ends: [2]net.Conn{client, server}, lost: &atomic.Bool{}}
		p.mu.Lock()
		l.lost.Store(p.lost)
		p.links[l] = true
		if p.down.Load() { // meanwhile
			l.close()
		}
		p.mu.Unlock()
		var ways sync.WaitGroup
		ways.Go(func() { l.carry(client, server) })
		ways.Go(func() { l.carry(server, client) })
		p.running.Go(func() {
			ways.Wait()
			p.mu.Lock()
			defer p.mu.Unlock()
			delete(p.links, l)
		})
	}
}

// carry brings bytes from one end to the other until one of them closes. An end that
// closes while bytes are lost is not heard of at the other.
func (l *link) carry(from, to net.Conn) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if l.lost.Load() {
			if err != nil {
				return
			}
			continue
		}
		if _, writeErr := to.Write(buffer[:n]); err != nil || writeErr != nil {
			l.close()
			return
		}
	}
}

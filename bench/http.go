package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"rehearse.dev/internal/store"
)

// serve answers on a free port, with the time limits that "serve" sets, until the
// function that it returns is called.
func serve(ctx context.Context, handler http.Handler) (addr string, stop func() error, err error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, IdleTimeout: 2 * time.Minute,
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	return listener.Addr().String(), func() error {
		err := server.Close()
		if ended := <-done; !errors.Is(ended, http.ErrServerClosed) {
			err = errors.Join(err, ended)
		}
		return err
	}, nil
}

// ask sends a request to the server's handler, not over a connection, and returns
// its answer and the statements that it took.
func (w *world) ask(ctx context.Context, r request) ([]byte, []string, error) {
	in, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(r.raw)))
	if err != nil {
		return nil, nil, err
	}
	ctx, counter := store.WithCounter(ctx)
	out := &answer{header: http.Header{}, status: http.StatusOK}
	w.handler.ServeHTTP(out, in.WithContext(ctx))
	if out.status != http.StatusOK {
		return nil, nil, fmt.Errorf("the server refused: %s", out.body.Bytes())
	}
	return out.body.Bytes(), counter.Texts(), nil
}

// answer keeps what a handler writes.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header         { return a.header }
func (a *answer) WriteHeader(status int)      { a.status = status }
func (a *answer) Write(p []byte) (int, error) { return a.body.Write(p) }

// overHTTP is the side of a server. vary gives the digits to write into the
// request, nil for none; every answer must hold the text want and no errors.
func overHTTP(name, addr string, r request, vary func(n int) int, want string) side {
	failed, sign := []byte(`{"errors"`), []byte(want)
	return side{name: name, workers: connections, worker: func(ctx context.Context) (call, func() error, error) {
		c, err := dial(ctx, addr)
		if err != nil {
			return nil, nil, err
		}
		r := r.copy()
		return func(n int) error {
			if vary != nil {
				r.set(vary(n))
			}
			body, err := c.do(r)
			if err == nil && (bytes.HasPrefix(body, failed) || !bytes.Contains(body, sign)) {
				return fmt.Errorf("unexpected answer: %s", body)
			}
			return err
		}, c.close, nil
	}}
}

// hollow is what net/http and this client cost by themselves: a handler that gives
// the same answer to the same request and does nothing else. It bounds what any
// server on net/http can reach.
func (w *world) hollow(ctx context.Context, r request, want string) (side, error) {
	body, _, err := w.ask(ctx, r)
	if err != nil {
		return side{}, err
	}
	length := []string{strconv.Itoa(len(body))}
	addr, stop, err := serve(ctx, http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		// A client that went away cannot be told.
		_, _ = io.Copy(io.Discard, in.Body)
		out.Header()["Content-Length"] = length
		_, _ = out.Write(body)
	}))
	if err != nil {
		return side{}, err
	}
	w.stop = append(w.stop, stop)
	return overHTTP("empty handler", addr, r, nil, want), nil
}

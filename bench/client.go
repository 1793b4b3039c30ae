package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
)

// request is an HTTP request that was written once and is sent many times. Where
// requests must differ, digits are overwritten in place, so that the client
// costs next to nothing: it shares the processors with the server.
type request struct {
	raw []byte
	at  int // where the digits are, 0 when nothing varies
	len int
}

// hole marks in a body where digits go; it is as wide as they are.
const hole = "00000000000"

// newRequest writes a POST of the JSON body. Digits replace the first hole in it.
func newRequest(host, header string, body []byte) request {
	var b bytes.Buffer
	fmt.Fprintf(&b, "POST /graphql HTTP/1.1\r\nHost: %s\r\nX-Bkapi-Authorization: %s\r\n"+
		"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n", host, header, len(body))
	start := b.Len()
	b.Write(body)
	r := request{raw: b.Bytes()}
	if i := bytes.Index(body, []byte(hole)); i >= 0 {
		r.at, r.len = start+i, len(hole)
	}
	return r
}

// copy gives a connection a request of its own to overwrite.
func (r request) copy() request {
	r.raw = bytes.Clone(r.raw)
	return r
}

// set overwrites the digits.
func (r request) set(n int) {
	for i := r.at + r.len - 1; i >= r.at; i-- {
		r.raw[i] = byte('0' + n%10)
		n /= 10
	}
}

// with is a copy with these digits.
func (r request) with(n int) request {
	r = r.copy()
	r.set(n)
	return r
}

// client is one kept-alive connection.
type client struct {
	conn net.Conn
	in   *bufio.Reader
	body []byte
}

// dial opens a connection.
func dial(ctx context.Context, addr string) (*client, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	return &client{conn: conn, in: bufio.NewReaderSize(conn, 64<<10)}, nil
}

var (
	okLine        = []byte("HTTP/1.1 200 ")
	contentLength = []byte("Content-Length: ")
)

var errNoLength = errors.New("the answer has no Content-Length")

// do sends the request and returns the body of the answer, which is valid until
// the next call. Anything but status 200 is an error.
func (c *client) do(r request) ([]byte, error) {
	if _, err := c.conn.Write(r.raw); err != nil {
		return nil, err
	}
	length, ok := -1, false
	for first := true; ; first = false {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return nil, err
		}
		if first {
			ok = bytes.HasPrefix(line, okLine)
		}
		if len(line) <= 2 {
			break
		}
		if bytes.HasPrefix(line, contentLength) {
			digits := bytes.TrimRight(line[len(contentLength):], "\r\n")
			if length, err = strconv.Atoi(string(digits)); err != nil {
				return nil, err
			}
		}
	}
	if length < 0 {
		return nil, errNoLength
	}
	if cap(c.body) < length {
		c.body = make([]byte, length)
	}
	c.body = c.body[:length]
	if _, err := io.ReadFull(c.in, c.body); err != nil {
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("the server refused: %s", c.body)
	}
	return c.body, nil
}

func (c *client) close() error { return c.conn.Close() }

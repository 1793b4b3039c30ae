package outbound

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
)

// Rule names what refused a call or made it fail.
type Rule string

// The rules. The first five refuse a call before anything is sent.
const (
	// RuleURL: the address is not one that can be called.
	RuleURL Rule = "URL"
	// RuleHeader: a header cannot be sent, or is not the caller's to set.
	RuleHeader Rule = "HEADER"
	// RuleHost: no --allow-host names the host.
	RuleHost Rule = "HOST"
	// RuleAddress: the host's address is private or special, and no --allow-net names it.
	RuleAddress Rule = "ADDRESS"
	// RuleConnect: there is no connection to be had.
	RuleConnect Rule = "CONNECT"
	// RuleRedirect: the answer leads elsewhere, or in circles.
	RuleRedirect Rule = "REDIRECT"
	// RuleSize: the answer is too large.
	RuleSize Rule = "SIZE"
	// RuleTime: the time was up, or the caller gave up.
	RuleTime Rule = "TIME"
	// RuleAnswer: what came is not an answer, or nothing came.
	RuleAnswer Rule = "ANSWER"
)

// Error is why a call has no answer. Its text holds no header, no body and no query
// of the URL.
type Error struct {
	Rule    Rule
	Message string
	// Sent is true when the other side may have seen the request: what it did then is
	// not known.
	Sent bool
	// Status is that of an answer that could not be used, 0 when there was none.
	Status int
}

// Error gives the message.
func (e *Error) Error() string { return e.Message }

func refuse(rule Rule, format string, args ...any) *Error {
	return &Error{Rule: rule, Message: fmt.Sprintf(format, args...)}
}

// failed is an error that is found after the request was sent.
func failed(rule Rule, message string) *Error {
	return &Error{Rule: rule, Message: message, Sent: true}
}

// explain turns an error of net/http into one of ours. The texts of net/http are not
// handed on: they hold the URL, and pieces of what the other side wrote.
func explain(ctx context.Context, err error, sent bool) *Error {
	var ours *Error
	if errors.As(err, &ours) {
		copied := *ours
		copied.Sent = sent
		return &copied
	}
	made := func(rule Rule, message string) *Error { return &Error{Rule: rule, Message: message, Sent: sent} }
	var name *net.DNSError
	var timeout net.Error
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return made(RuleTime, "the call was given up before its answer was there")
	case ctx.Err() != nil, errors.As(err, &timeout) && timeout.Timeout():
		return made(RuleTime, "no answer in time")
	case errors.As(err, &name):
		return made(RuleConnect, fmt.Sprintf("the name %s cannot be resolved", name.Name))
	case errors.Is(err, syscall.ECONNREFUSED):
		return made(RuleConnect, "the connection was refused")
	case isTLS(err):
		return made(RuleConnect, "the certificate of the host cannot be trusted, or it does not speak TLS")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE),
		strings.Contains(err.Error(), "server closed"):
		return made(RuleAnswer, "the host closed the connection before its answer was whole")
	case sent:
		return made(RuleAnswer, "the answer is not one of HTTP, or its header is too large")
	}
	return made(RuleConnect, "no connection to the host")
}

func isTLS(err error) bool {
	var verify *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	var authority x509.UnknownAuthorityError
	return errors.As(err, &verify) || errors.As(err, &record) || errors.As(err, &alert) || errors.As(err, &authority)
}

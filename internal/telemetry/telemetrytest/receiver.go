// Package telemetrytest receives traces for tests, as a collector does.
//
// It must not know what makes them: it sees what goes over the wire.
package telemetrytest

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	wire "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// Span is one span as it came.
type Span struct {
	Name, TraceID, ID, Parent string
	Kind                      string
	Attributes                map[string]string
	Failed                    bool
}

// Receiver takes traces by OTLP over HTTP, in protobuf without compression.
type Receiver struct {
	// URL is the endpoint.
	URL string

	server *http.Server
	ended  chan struct{}

	mu    sync.Mutex
	spans []Span
	texts []byte
	err   error
}

// Start starts a receiver on a loopback port. The caller must Close it.
func Start() (*Receiver, error) {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("receive traces: %w", err)
	}
	r := &Receiver{URL: "http://" + listener.Addr().String(), ended: make(chan struct{})}
	r.server = &http.Server{Handler: r, ReadHeaderTimeout: time.Minute}
	go func() {
		defer close(r.ended)
		_ = r.server.Serve(listener) // ends with Close
	}()
	return r, nil
}

// Close ends the receiver.
func (r *Receiver) Close() {
	_ = r.server.Close()
	<-r.ended
}

// Spans are those that came so far, and the bytes that they came in. An error tells of a
// request that was no OTLP.
func (r *Receiver) Spans() ([]Span, []byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Span(nil), r.spans...), append([]byte(nil), r.texts...), r.err
}

// ServeHTTP implements http.Handler.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	body, err := io.ReadAll(request.Body)
	var sent collector.ExportTraceServiceRequest
	if err == nil {
		err = proto.Unmarshal(body, &sent)
	}
	if err != nil || request.URL.Path != "/v1/traces" {
		r.err = fmt.Errorf("%s %s: %w", request.Method, request.URL.Path, err)
		http.Error(w, "no traces", http.StatusBadRequest)
		return
	}
	r.texts = append(r.texts, body...)
	for _, resource := range sent.GetResourceSpans() {
		for _, scope := range resource.GetScopeSpans() {
			for _, span := range scope.GetSpans() {
				r.spans = append(r.spans, read(span))
			}
		}
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
}

func read(s *wire.Span) Span {
	span := Span{
		Name: s.GetName(), Kind: s.GetKind().String(), Attributes: map[string]string{},
		TraceID: fmt.Sprintf("%x", s.GetTraceId()), ID: fmt.Sprintf("%x", s.GetSpanId()), Parent: fmt.Sprintf("%x", s.GetParentSpanId()),
		Failed: s.GetStatus().GetCode() == wire.Status_STATUS_CODE_ERROR,
	}
	for _, a := range s.GetAttributes() {
		span.Attributes[a.GetKey()] = shown(a.GetValue())
	}
	return span
}

func shown(v *common.AnyValue) string {
	switch x := v.GetValue().(type) {
	case *common.AnyValue_StringValue:
		return x.StringValue
	case *common.AnyValue_IntValue:
		return fmt.Sprint(x.IntValue)
	case *common.AnyValue_DoubleValue:
		return fmt.Sprint(x.DoubleValue)
	case *common.AnyValue_BoolValue:
		return fmt.Sprint(x.BoolValue)
	}
	return v.String()
}

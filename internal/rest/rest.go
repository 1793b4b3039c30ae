// Package rest answers the contract's REST form of creating a mock task, POST
// /apigw/space/{space_id}/create_mock_task/, for callers that speak that and not
// GraphQL. docs/rest.md describes it for them.
//
// It reads and writes the contract's form and decides nothing: the rules are those
// of task.Service, which the mutation createMockTask calls too. It must not know of
// GraphQL or storage.
package rest

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"

	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/fault"
	"rehearse.dev/internal/space"
	"rehearse.dev/internal/task"
)

// Prefix is the path below which the handler answers.
const Prefix = "/apigw/"

const route = "space/{space_id}/create_mock_task"

// Services are what the route calls; all of it must be set.
type Services struct {
	Spaces *space.Service
	Tasks  *task.Service
}

// handler answers the route.
type handler struct {
	Services
	auth *auth.Authenticator
	log  *slog.Logger
}

// NewHandler answers everything below Prefix: the route with and without its last
// slash, and with a 404 of the contract's form all the rest.
func NewHandler(services Services, authenticator *auth.Authenticator, log *slog.Logger) http.Handler {
	h := &handler{Services: services, auth: authenticator, log: log}
	mux := http.NewServeMux()
	mux.HandleFunc(Prefix+route, h.create)
	mux.HandleFunc(Prefix+route+"/{$}", h.create)
	mux.HandleFunc(Prefix, func(w http.ResponseWriter, r *http.Request) {
		h.refuse(w, r, fault.NotFound("there is nothing at %s", r.URL.Path), nil, http.StatusNotFound)
	})
	return h.guarded(mux)
}

// create answers the route. Whoever names itself in a header is known, and so is
// the space, before the body is read.
func (h *handler) create(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		h.refuse(w, r, fault.Newf(fault.CodeInvalid, "this route takes POST only"), nil, http.StatusMethodNotAllowed)
		return
	}
	caller, members, err := h.identify(w, r)
	if err != nil {
		h.refuse(w, r, err, nil)
		return
	}
	spaceID, err := h.space(r.Context(), caller, r.PathValue("space_id"))
	if err != nil {
		h.refuse(w, r, err, nil)
		return
	}
	if members == nil {
		if members, err = readMembers(w, r); err != nil {
			h.refuse(w, r, err, nil)
			return
		}
	}
	in := readRequest(members)
	in.params.SpaceID = spaceID
	record, warnings, err := h.run(r.Context(), caller, in)
	if err != nil {
		h.refuse(w, r, err, in.warnings)
		return
	}
	h.accept(w, r, record, append(in.warnings, translated(warnings)...))
}

// run makes the task and reads it back. What is wrong with the form of the request
// is answered together with everything that the service finds.
func (h *handler) run(ctx context.Context, caller auth.Caller, in request) (*task.Record, []fault.Problem, error) {
	if len(in.problems) > 0 {
		plan, err := h.Tasks.Preview(ctx, caller, in.params)
		if err != nil {
			return nil, nil, err
		}
		return nil, nil, in.refusal(plan.Problems)
	}
	created, err := h.Tasks.CreateMock(ctx, caller, in.params)
	if f := fault.As(err); f != nil && len(f.Problems) > 0 {
		err = in.refusal(f.Problems)
	}
	if err != nil {
		return nil, nil, err
	}
	record, err := h.Tasks.Record(ctx, caller, created.TaskID)
	return record, created.Warnings, err
}

// space returns the id of the path if the caller may work in that space. A space of
// somebody else and none at all have one answer (domain §7 rows 89 to 91).
func (h *handler) space(ctx context.Context, caller auth.Caller, text string) (int, error) {
	id, err := strconv.Atoi(text)
	known := err == nil && id > 0 && (caller.Sees(id) || caller.Confined(id))
	if known && caller.Superuser {
		if known, err = h.Spaces.Live(ctx, id); err != nil {
			return 0, err
		}
	}
	if !known {
		return 0, fault.Newf(fault.CodeForbidden, "there is no such space, or it belongs to another application")
	}
	return id, nil
}

// guarded turns a panic into an answer; without it the connection would just end.
func (h *handler) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			switch v := recover(); v {
			case nil:
			case http.ErrAbortHandler:
				panic(v) // the server's own way to end a connection
			default:
				h.refuse(w, r, fmt.Errorf("panic: %v at %s", v, debug.Stack()), nil)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"rehearse.dev/internal/credential"
	"rehearse.dev/internal/outbound"
	"rehearse.dev/internal/realcall"
	"rehearse.dev/internal/space"
	"rehearse.dev/internal/telemetry"
)

// Outbound is the flags of commands whose nodes call real hosts. Without any of them
// every such call is refused.
type Outbound struct {
	AllowHost []string `placeholder:"HOST[:PORT]" help:"Let nodes call this host: a name, *.NAME for all below it, or an IP literal; may be given several times. None if not given."`
	AllowNet  []string `placeholder:"CIDR" help:"Let an allowed host have an address in this net although it is private; may be given several times."`
	// ServerCredential is a file so that no secret shows in a list of processes.
	ServerCredential    string `placeholder:"FILE.json" help:"The server's own credential, an object with bk_app_code and bk_app_secret: uniform_api v1.0.0 calls with it where the space has none."`
	UseServerCredential bool   `help:"Let later versions of uniform_api call with the server's own credential, too."`
}

// client makes the client of real calls.
func (o Outbound) client() (*outbound.Client, error) {
	if _, err := outbound.ParsePolicy(o.AllowHost, nil); err != nil {
		return nil, refuse("allow-host", err)
	}
	policy, err := outbound.ParsePolicy(o.AllowHost, o.AllowNet)
	if err != nil {
		return nil, refuse("allow-net", err)
	}
	return outbound.New(outbound.Config{Policy: policy}), nil
}

// credential reads the server's own credential, nil when there is none. The error
// never repeats what the file holds.
func (o Outbound) credential() (*credential.Pair, error) {
	if o.ServerCredential == "" {
		if o.UseServerCredential {
			return nil, refuse("use-server-credential", errors.New("there is none: --server-credential is missing"))
		}
		return nil, nil
	}
	text, err := os.ReadFile(o.ServerCredential)
	var path *os.PathError
	if errors.As(err, &path) { // its own text repeats the name
		err = path.Err
	}
	if err != nil {
		return nil, refuse("server-credential", fmt.Errorf("%q: %w", o.ServerCredential, err))
	}
	var held struct {
		Code   string `json:"bk_app_code"`
		Secret string `json:"bk_app_secret"`
	}
	if json.Unmarshal(text, &held) != nil || held.Code == "" || held.Secret == "" {
		return nil, refuse("server-credential", fmt.Errorf("%q is not a JSON object with the texts bk_app_code and bk_app_secret", o.ServerCredential))
	}
	return &credential.Pair{AppCode: held.Code, Secret: held.Secret}, nil
}

// let makes the services call out as the flags say. It must come before they are used.
func (o Outbound) let(s *services, t *telemetry.Telemetry) error {
	calls, err := o.calls(s.spaces, t)
	if err != nil {
		return err
	}
	s.runs.Calls = calls
	s.tasks.UseServerCredential = o.UseServerCredential
	s.tasks.ServerCredential, err = o.credential()
	return err
}

// calls makes what carries out the real calls of nodes, and tells telemetry of them.
func (o Outbound) calls(spaces *space.Service, t *telemetry.Telemetry) (*realcall.Service, error) {
	client, err := o.client()
	if err != nil {
		return nil, err
	}
	server, err := o.credential()
	if err != nil {
		return nil, err
	}
	var http realcall.HTTP = client
	if t != nil {
		http = tracedHTTP{client, t}
	}
	return realcall.New(realcall.Deps{HTTP: http, Spaces: spaces, Server: server, UseServer: o.UseServerCredential, Now: now}), nil
}

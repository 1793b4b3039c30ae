package app

import (
	"context"
	"errors"
	"fmt"
)

// AppCmd is "rehearse app".
type AppCmd struct {
	Create AppCreateCmd `cmd:"" help:"Make a calling application and print its secret, once."`
}

// AppCreateCmd is "rehearse app create".
type AppCreateCmd struct {
	Database
	Superuser bool   `help:"Let it see the spaces of every application."`
	Code      string `arg:"" help:"The bk_app_code, 1 to 32 of A-Z a-z 0-9 _ -."`
}

// Run makes the application. Only a digest of the secret is stored.
func (c *AppCreateCmd) Run(ctx context.Context, io Streams) (err error) {
	s, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.store.Close()) }()
	secret, err := s.spaces.CreateApp(ctx, c.Code, c.Superuser)
	if err != nil {
		return explainProblems(err)
	}
	_, err = fmt.Fprintln(io.Out, secret)
	return err
}

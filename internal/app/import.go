package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"rehearse.dev/ent"
	"rehearse.dev/internal/auth"
	"rehearse.dev/internal/template"
)

// ImportCmd is "rehearse import": it makes a template whose draft is an exported
// tree. Whoever can write the database file may import into every space.
type ImportCmd struct {
	Database
	Space int    `required:"" placeholder:"ID" help:"The id of the space."`
	Name  string `help:"The name of the template; the file's name when left out."`
	File  string `arg:"" type:"existingfile" help:"A pipeline tree as JSON."`
}

// Run imports the tree. An incomplete tree is imported with its problems printed.
func (c *ImportCmd) Run(ctx context.Context, io Streams) (err error) {
	tree, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	if err := c.exists(); err != nil {
		return err
	}
	s, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.store.Close()) }()
	space, err := s.store.Read.Space.Get(ctx, c.Space)
	if ent.IsNotFound(err) {
		return about("space", fmt.Errorf("there is no space %d", c.Space))
	}
	if err != nil {
		return fmt.Errorf("find space %d: %w", c.Space, err)
	}
	if c.Name == "" {
		c.Name = strings.TrimSuffix(filepath.Base(c.File), filepath.Ext(c.File))
	}
	operator := auth.Caller{AppID: space.AppID, Spaces: []int{space.ID}, Username: "rehearse import"}
	made, err := s.templates.Create(ctx, operator, template.CreateParams{SpaceID: space.ID, Name: c.Name, PipelineTree: tree})
	if err != nil {
		return explainProblems(err)
	}
	for _, w := range made.Warnings {
		_, _ = fmt.Fprintf(io.Err, "warning: %s: %s\n", strings.Join(w.Path, "."), w.Message)
	}
	_, err = fmt.Fprintf(io.Out, "template %d %q\n", made.TemplateID, c.Name)
	return err
}

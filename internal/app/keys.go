package app

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"rehearse.dev/ent"
	entapp "rehearse.dev/ent/app"
	entspace "rehearse.dev/ent/space"
	"rehearse.dev/ent/spaceconfig"
	"rehearse.dev/internal/seal"
	"rehearse.dev/internal/space"
	"rehearse.dev/internal/task"
)

// keySource is where the sealing keys are: in the environment, so that they show in
// no list of processes, or in the file beside the database.
func (d Database) keySource() seal.Source {
	return seal.Source{Key: os.Getenv(seal.Variable), Old: os.Getenv(seal.OldVariable), File: d.keyFile()}
}

// keyFile is the file of the keys, "" for none: that of a file is beside it.
func (d Database) keyFile() string {
	switch {
	case d.KeyFile != "":
		return d.KeyFile
	case d.inFile():
		return strings.TrimSuffix(d.DB, filepath.Ext(d.DB)) + ".key"
	default:
		return ""
	}
}

// checkKeys judges where the keys are said to be. Servers that share a database must
// have the same, so there none is made.
func (d Database) checkKeys(from seal.Source) error {
	if err := from.Check(); err != nil {
		return refuseNamed(err)
	}
	if d.inFile() || !from.InFile() {
		return nil
	}
	const how = "all servers of a PostgreSQL database need the same; `openssl rand -hex 32` makes one"
	if from.File == "" {
		return refuse("key-file", fmt.Errorf("the key that seals secrets is missing: name its file here or set %s; %s", seal.Variable, how))
	}
	if _, err := os.Stat(from.File); errors.Is(err, fs.ErrNotExist) {
		return about("key-file", fmt.Errorf("there is no file %s; %s, for its owner alone to read", from.File, how))
	}
	return nil
}

// sealedBy lists the ids of the keys that anything in the database is sealed with.
// It takes a few look-ups in indexes, however much is sealed.
func sealedBy(ctx context.Context, c *ent.Client) ([]string, error) {
	ofTasks, err := task.SealedBy(ctx, c)
	if err != nil {
		return nil, err
	}
	ofSpaces, err := space.SealedBy(ctx, c)
	if err != nil {
		return nil, err
	}
	ids := slices.Concat(ofTasks, ofSpaces)
	_, sealed, err := demoSealed(ctx, c)
	if err != nil && !ent.IsNotFound(err) {
		return nil, err
	}
	if id, ok := seal.KeyID(sealed); ok {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

// checkKeys refuses a database that holds what the ring cannot open: a server that
// starts so would fail later, task by task.
func checkKeys(ctx context.Context, c *ent.Client, keys *seal.Keyring, from seal.Source) error {
	ids, err := sealedBy(ctx, c)
	if err != nil {
		return err
	}
	var missing []string
	for _, id := range ids {
		if !keys.Knows(id) {
			missing = append(missing, id)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	where := fmt.Sprintf("as a line of its own to %s, below the first, or to %s", from.File, seal.OldVariable)
	if !from.InFile() {
		where = "to " + seal.OldVariable
	}
	return about("db", fmt.Errorf("it holds values made with another key: %s is missing, %s is there; add the missing key %s",
		missing, keys.Current(), where))
}

// demoSealed finds the sealed secret of the demo application. The error is Ent's
// not-found when --dev has made none.
func demoSealed(ctx context.Context, c *ent.Client) (row *ent.SpaceConfig, sealed []byte, err error) {
	row, err = c.SpaceConfig.Query().
		Where(spaceconfig.Name(demoSetting), spaceconfig.HasSpaceWith(entspace.HasAppWith(entapp.Code(demoCode)))).
		Only(ctx)
	if err != nil {
		return nil, nil, err
	}
	if err := json.Unmarshal(row.Value, &sealed); err != nil {
		return nil, nil, errors.New("the secret of the demo application is not in its stored form")
	}
	return row, sealed, nil
}

// resealDemo seals the secret of the demo application with the current key, and
// returns how many it sealed: 1, or 0 when there is nothing to do.
func (s *services) resealDemo(ctx context.Context) (done int, err error) {
	err = s.store.InTx(ctx, func(ctx context.Context, tx *ent.Tx) error {
		row, sealed, err := demoSealed(ctx, tx.Client())
		if ent.IsNotFound(err) {
			return nil
		}
		if err != nil {
			return err
		}
		if id, ok := seal.KeyID(sealed); ok && id == s.keys.Current() {
			return nil
		}
		if sealed, err = s.keys.Reseal(sealed, []byte(demoSetting)); err != nil {
			return fmt.Errorf("the secret of the demo application: %w", err)
		}
		done = 1
		return tx.SpaceConfig.Update().Where(spaceconfig.ID(row.ID)).SetValue(sealedText(sealed)).SetUpdateTime(now()).Exec(ctx)
	})
	return done, err
}

// sealedText is a sealed value as a setting.
func sealedText(sealed []byte) json.RawMessage {
	return json.RawMessage(`"` + base64.StdEncoding.EncodeToString(sealed) + `"`)
}

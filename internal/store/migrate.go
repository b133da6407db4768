package store

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"strings"
	"testing/fstest"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrate brings the schema to this program's version. It refuses a schema newer
// than the program. On PostgreSQL an advisory lock keeps nodes from racing.
func (d *DB) Migrate(ctx context.Context) error {
	p, err := d.provider()
	if err != nil {
		return fmt.Errorf("store: migrate: %w", err)
	}
	have, want, err := versions(ctx, p)
	if err != nil {
		return fmt.Errorf("store: migrate: %w", err)
	}
	if have > want {
		return fmt.Errorf("store: migrate: the database has schema %d, this program knows %d: use a newer program", have, want)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("store: migrate: %w", translate(err))
	}
	return nil
}

func versions(ctx context.Context, p *goose.Provider) (have, want int64, err error) {
	for _, s := range p.ListSources() {
		want = max(want, s.Version)
	}
	have, err = p.GetDBVersion(ctx)
	return have, want, err
}

func (d *DB) provider() (*goose.Provider, error) {
	files, err := d.engine.migrationFiles()
	if err != nil {
		return nil, err
	}
	if d.engine == SQLite {
		return goose.NewProvider(goose.DialectSQLite3, d.write.db, files)
	}
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectPostgres, d.write.db, files, goose.WithSessionLocker(locker))
}

// sqliteWords are SQLite's for what migrations say. A key of type INTEGER is the place of
// its row, and /*clustered*/ has the table itself in the order of its key; otherwise
// either is an index besides, to be written with every row and to be read first.
var sqliteWords = strings.NewReplacer("BIGSERIAL PRIMARY KEY", "INTEGER PRIMARY KEY AUTOINCREMENT",
	"BIGINT PRIMARY KEY", "INTEGER PRIMARY KEY", "/*clustered*/", "WITHOUT ROWID", "BYTEA", "BLOB")

// migrationFiles gives the files of one engine: NNNN_name.sql serves both,
// NNNN_name.sqlite.sql and NNNN_name.postgres.sql one each. What SQLite has other
// words for is written its way.
func (e Engine) migrationFiles() (fs.FS, error) {
	own, others := ".sqlite.sql", ".postgres.sql"
	if e == PostgreSQL {
		own, others = others, own
	}
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	files := fstest.MapFS{}
	for _, name := range names {
		if strings.HasSuffix(name, others) {
			continue
		}
		body, err := migrations.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if e == SQLite {
			body = []byte(sqliteWords.Replace(string(body)))
		}
		short := strings.TrimPrefix(name, "migrations/")
		files[strings.TrimSuffix(strings.TrimSuffix(short, own), ".sql")+".sql"] = &fstest.MapFile{Data: body}
	}
	return files, nil
}

// Behind is how many versions the schema lacks of this program's; below 0 it is ahead,
// and the program too old. It changes nothing that is there.
func (d *DB) Behind(ctx context.Context) (int64, error) {
	p, err := d.provider()
	if err != nil {
		return 0, fmt.Errorf("store: schema: %w", err)
	}
	have, want, err := versions(ctx, p)
	if err != nil {
		return 0, fmt.Errorf("store: schema: %w", err)
	}
	return want - have, nil
}

package main

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"strings"

	_ "github.com/mattn/go-sqlite3" // the database that a run uses
)

// autopsy writes where the database still knows of a line: table and row, without guessing at the schema.
func autopsy(ctx context.Context, out io.Writer, database string, keys []string) error {
	db, err := sql.Open("sqlite3", "file:"+database+"?mode=ro")
	if err != nil {
		return fmt.Errorf("open %s: %w", database, err)
	}
	defer db.Close()
	tables, err := texts(ctx, db, "SELECT name FROM sqlite_master WHERE type='table' ORDER BY name")
	if err != nil {
		return err
	}
	for _, key := range keys {
		fmt.Fprintf(out, "%s:\n", key)
		for _, table := range tables {
			if err := traces(ctx, out, db, table, key); err != nil {
				return err
			}
		}
	}
	return nil
}

func texts(ctx context.Context, db *sql.DB, query string, args ...any) ([]string, error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("look into the database: %w", err)
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, fmt.Errorf("look into the database: %w", err)
		}
		list = append(list, s)
	}
	return list, rows.Err()
}

// traces writes the rows of a table that mention key.
func traces(ctx context.Context, out io.Writer, db *sql.DB, table, key string) error {
	columns, err := texts(ctx, db, "SELECT name FROM pragma_table_info(?)", table)
	if err != nil {
		return err
	}
	var conditions []string
	var args []any
	for _, c := range columns {
		conditions = append(conditions, fmt.Sprintf("instr(CAST(%q AS TEXT), ?) > 0", c))
		args = append(args, key)
	}
	rows, err := db.QueryContext(ctx, fmt.Sprintf("SELECT * FROM %q WHERE %s", table, strings.Join(conditions, " OR ")), args...)
	if err != nil {
		return fmt.Errorf("look into table %s: %w", table, err)
	}
	defer rows.Close()
	for rows.Next() {
		values, pointers := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			pointers[i] = &values[i]
		}
		if err := rows.Scan(pointers...); err != nil {
			return fmt.Errorf("look into table %s: %w", table, err)
		}
		fmt.Fprintf(out, "  %s", table)
		for i, v := range values {
			if raw, ok := v.([]byte); ok {
				v = string(raw)
			}
			text := fmt.Sprint(v)
			if len(text) > 300 {
				text = text[:300] + "…"
			}
			fmt.Fprintf(out, " %s=%s", columns[i], text)
		}
		fmt.Fprintln(out)
	}
	return rows.Err()
}

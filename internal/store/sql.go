package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"sync"

	"gomphothere/internal/model"
)

// Q answers questions. It carries its context because it is one call's scope.
type Q struct {
	ctx    context.Context
	db     *DB
	run    runner
	cached bool // false inside a transaction, which must see its own writes
}

// Context is the call's.
func (q *Q) Context() context.Context { return q.ctx }

// Now is the clock's time.
func (q *Q) Now() model.Time { return q.db.Now() }

type runner interface {
	query(ctx context.Context, text string, args []any) (*sql.Rows, error)
	exec(ctx context.Context, text string, args []any) (sql.Result, error)
}

// poolRunner is PostgreSQL's pool; pgx keeps prepared statements per connection.
type poolRunner struct {
	p interface {
		QueryContext(context.Context, string, ...any) (*sql.Rows, error)
		ExecContext(context.Context, string, ...any) (sql.Result, error)
	}
}

func (r poolRunner) query(ctx context.Context, text string, args []any) (*sql.Rows, error) {
	return r.p.QueryContext(ctx, text, args...)
}

func (r poolRunner) exec(ctx context.Context, text string, args []any) (sql.Result, error) {
	return r.p.ExecContext(ctx, text, args...)
}

// stmtRunner keeps SQLite's statements prepared. Queries are bounded by indexes and limits, and a context that can
// be cancelled costs the driver a goroutine a query, so they run to their end.
type stmtRunner struct{ db *DB }

func (r stmtRunner) query(_ context.Context, text string, args []any) (*sql.Rows, error) {
	st, err := r.db.stmts.get(text, r.db.pool.PrepareContext)
	if err != nil {
		return nil, err
	}
	return st.QueryContext(context.Background(), args...)
}

func (r stmtRunner) exec(context.Context, string, []any) (sql.Result, error) {
	return nil, errors.New("store: write outside a transaction")
}

// stmts keeps one prepared statement per text. Texts are constants and a few compositions, so their number is bounded.
type stmts struct {
	mu sync.RWMutex
	m  map[string]*sql.Stmt
}

func (s *stmts) get(text string, prepare func(context.Context, string) (*sql.Stmt, error)) (*sql.Stmt, error) {
	s.mu.RLock()
	st := s.m[text]
	s.mu.RUnlock()
	if st != nil {
		return st, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if st := s.m[text]; st != nil {
		return st, nil
	}
	st, err := prepare(context.Background(), text)
	if err != nil {
		return nil, err
	}
	if s.m == nil {
		s.m = map[string]*sql.Stmt{}
	}
	s.m[text] = st
	return st, nil
}

func (s *stmts) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, st := range s.m {
		errs = append(errs, st.Close())
	}
	s.m = nil
	return errors.Join(errs...)
}

// listParam finds "in $2" and "not in $2": a slice argument stands for a list of any length in one prepared text.
var listParam = regexp.MustCompile(`(?i)\b(not )?in \$(\d+)`)

// limitParam finds "limit $3". SQLite looks at a bare parameter's value when it plans, and plans anew for every value
// bound later, which costs more than most queries; it does not look into an expression.
var limitParam = regexp.MustCompile(`(?i)\blimit (\$\d+)`)

// dialect is a text in the form of the database in use. Texts are constants and a few compositions, so the map that
// remembers them is bounded.
func (db *DB) dialect(text string) string {
	if t, ok := db.texts.Load(text); ok {
		return t.(string)
	}
	out := listParam.ReplaceAllStringFunc(text, func(m string) string {
		sub := listParam.FindStringSubmatch(m)
		if !db.postgres {
			return sub[1] + "in (select value from json_each($" + sub[2] + "))"
		}
		if sub[1] != "" {
			return "<> all($" + sub[2] + ")"
		}
		return "= any($" + sub[2] + ")"
	})
	if !db.postgres {
		out = limitParam.ReplaceAllString(out, "limit ($1 + 0)")
	}
	db.texts.Store(text, out)
	return out
}

// bind turns our types into the drivers'. A slice is a list for "in $n".
func (db *DB) bind(args []any) ([]any, error) {
	out := make([]any, len(args))
	for i, a := range args {
		switch v := a.(type) {
		case model.ID:
			out[i] = int64(v)
		case model.Time:
			out[i] = int64(v)
		case model.Visibility:
			out[i] = string(v)
		case string, int64, bool, float64, nil:
			out[i] = v
		case int:
			out[i] = int64(v)
		case []model.ID:
			list := make([]int64, len(v))
			for i, id := range v {
				list[i] = int64(id)
			}
			if db.postgres {
				out[i] = list
				continue
			}
			b, err := json.Marshal(list)
			if err != nil {
				return nil, err
			}
			out[i] = string(b)
		case []string, []int64:
			if db.postgres {
				out[i] = v
				continue
			}
			b, err := json.Marshal(v)
			if err != nil {
				return nil, err
			}
			out[i] = string(b)
		default:
			return nil, fmt.Errorf("store: cannot bind %T", a)
		}
	}
	return out, nil
}

func (q *Q) query(text string, args []any) (*sql.Rows, error) {
	bound, err := q.db.bind(args)
	if err != nil {
		return nil, err
	}
	q.db.statements.Add(1)
	rows, err := q.run.query(q.ctx, q.db.dialect(text), bound)
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", reason(err), text)
	}
	return rows, nil
}

// all runs a query and scans every row by column name: into a struct, or a single column into a plain type.
func all[T any](q *Q, text string, args ...any) ([]T, error) {
	var out []T
	err := each(q, text, args, func(v *T) { out = append(out, *v) })
	return out, err
}

// pointers is all, for rows that will be shared.
func pointers[T any](q *Q, text string, args ...any) ([]*T, error) {
	var out []*T
	err := each(q, text, args, func(v *T) { c := *v; out = append(out, &c) })
	return out, err
}

func each[T any](q *Q, text string, args []any, f func(*T)) (err error) {
	rows, err := q.query(text, args)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	cols, err := rows.Columns()
	if err != nil {
		return err
	}
	s, err := newScanner(reflect.TypeFor[T](), cols)
	if err != nil {
		return err
	}
	for rows.Next() {
		var v T
		if err := s.scan(rows, reflect.ValueOf(&v).Elem()); err != nil {
			return fmt.Errorf("%w\n%s", err, text)
		}
		f(&v)
	}
	return reason(rows.Err())
}

// one runs a query that finds one row or none; none is model.NotFound.
func one[T any](q *Q, text string, args ...any) (T, error) {
	var out T
	found := false
	err := each(q, text, args, func(v *T) {
		if !found {
			out, found = *v, true
		}
	})
	if err == nil && !found {
		return out, model.ErrNotFound()
	}
	return out, err
}

// maybe is one for which nothing found is no error.
func maybe[T any](q *Q, text string, args ...any) (v T, found bool, err error) {
	v, err = one[T](q, text, args...)
	if model.IsNotFound(err) {
		return v, false, nil
	}
	return v, err == nil, err
}

// exec changes rows and says how many.
func (tx *Tx) exec(text string, args ...any) (int64, error) {
	bound, err := tx.db.bind(args)
	if err != nil {
		return 0, err
	}
	tx.db.statements.Add(1)
	res, err := tx.run.exec(tx.ctx, tx.db.dialect(text), bound)
	if err != nil {
		return 0, fmt.Errorf("%w\n%s", reason(err), text)
	}
	return res.RowsAffected()
}

// insert writes a row from a struct; tail is "" or an "on conflict" clause. It says whether a row was written.
func (tx *Tx) insert(table string, row any, tail string) (bool, error) {
	v := reflect.Indirect(reflect.ValueOf(row))
	p, err := planOf(v.Type())
	if err != nil {
		return false, err
	}
	args := make([]any, len(p.fields))
	for i, f := range p.fields {
		if args[i], err = f.value(v.FieldByIndex(f.index)); err != nil {
			return false, err
		}
	}
	n, err := tx.exec(p.insert(table, tail), args...)
	return n > 0, err
}

// plan maps a struct's fields to columns.
type plan struct {
	fields []field
	byName map[string]int
	texts  sync.Map // table + tail -> insert text
}

type field struct {
	column string
	index  []int
	json   bool
}

// plans are computed once per type; the map only grows with the types of this program.
// constant: a cache of what reflection says, the same for every server in the process
var plans sync.Map // reflect.Type -> *plan

func planOf(t reflect.Type) (*plan, error) {
	if p, ok := plans.Load(t); ok {
		return p.(*plan), nil
	}
	if t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("store: %s is not a struct", t)
	}
	p := &plan{byName: map[string]int{}}
	addFields(p, t, nil)
	got, _ := plans.LoadOrStore(t, p)
	return got.(*plan), nil
}

func addFields(p *plan, t reflect.Type, prefix []int) {
	for i := range t.NumField() {
		f := t.Field(i)
		name := f.Tag.Get("db")
		if name == "-" || !f.IsExported() {
			continue
		}
		index := append(append([]int{}, prefix...), i)
		if f.Anonymous && f.Type.Kind() == reflect.Struct && name == "" {
			addFields(p, f.Type, index)
			continue
		}
		if name == "" {
			name = snake(f.Name)
		}
		p.byName[name] = len(p.fields)
		p.fields = append(p.fields, field{column: name, index: index, json: isJSON(f.Type)})
	}
}

// isJSON: slices, maps and structs are kept as JSON text.
func isJSON(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Slice, reflect.Map, reflect.Struct, reflect.Pointer:
		return true
	}
	return false
}

func (f field) value(v reflect.Value) (any, error) {
	if f.json {
		if v.Kind() == reflect.Slice && v.IsNil() {
			return "[]", nil
		}
		if v.Kind() == reflect.Map && v.IsNil() {
			return "{}", nil
		}
		b, err := json.Marshal(v.Interface())
		return string(b), err
	}
	switch v.Kind() {
	case reflect.Int, reflect.Int64, reflect.Int32:
		return v.Int(), nil
	case reflect.String:
		return v.String(), nil
	case reflect.Bool:
		return v.Bool(), nil
	}
	return v.Interface(), nil
}

func (p *plan) insert(table, tail string) string {
	key := table + "\x00" + tail
	if s, ok := p.texts.Load(key); ok {
		return s.(string)
	}
	var cols, marks []string
	for i, f := range p.fields {
		cols = append(cols, f.column)
		marks = append(marks, fmt.Sprintf("$%d", i+1))
	}
	s := "insert into " + table + " (" + strings.Join(cols, ", ") + ") values (" + strings.Join(marks, ", ") + ") " + tail
	p.texts.Store(key, s)
	return s
}

// jsonText is a value for a JSON column outside insert.
func jsonText(v any) (string, error) {
	b, err := json.Marshal(v)
	return string(b), err
}

// scanner fills structs from rows by column name.
type scanner struct {
	plain bool
	cols  []field
	dest  []any
	docs  []jsonDest
}

func newScanner(t reflect.Type, cols []string) (*scanner, error) {
	if t.Kind() != reflect.Struct {
		if len(cols) != 1 {
			return nil, fmt.Errorf("store: %d columns into %s", len(cols), t)
		}
		return &scanner{plain: true, dest: make([]any, 1)}, nil
	}
	p, err := planOf(t)
	if err != nil {
		return nil, err
	}
	s := &scanner{dest: make([]any, len(cols)), docs: make([]jsonDest, len(cols))}
	for _, c := range cols {
		i, ok := p.byName[c]
		if !ok {
			return nil, fmt.Errorf("store: %s has no field for column %s", t, c)
		}
		s.cols = append(s.cols, p.fields[i])
	}
	return s, nil
}

func (s *scanner) scan(rows *sql.Rows, v reflect.Value) error {
	if s.plain {
		s.dest[0] = v.Addr().Interface()
		return rows.Scan(s.dest...)
	}
	for i, f := range s.cols {
		p := v.FieldByIndex(f.index).Addr().Interface()
		if f.json {
			s.docs[i].into = p
			s.dest[i] = &s.docs[i]
			continue
		}
		s.dest[i] = p
	}
	return rows.Scan(s.dest...)
}

// jsonDest scans JSON text.
type jsonDest struct{ into any }

func (d *jsonDest) Scan(src any) error {
	switch v := src.(type) {
	case string:
		if v == "[]" || v == "{}" || v == "" || v == "null" {
			return nil
		}
		return json.Unmarshal([]byte(v), d.into)
	case []byte:
		return json.Unmarshal(v, d.into)
	case nil:
		return nil
	}
	return fmt.Errorf("store: JSON from %T", src)
}

// snake turns AccountID into account_id and MediaIDs into media_ids.
func snake(s string) string {
	s = strings.NewReplacer("IDs", "Ids", "URIs", "Uris").Replace(s)
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if upper(c) {
			if i > 0 && (!upper(s[i-1]) || i+1 < len(s) && !upper(s[i+1])) {
				b.WriteByte('_')
			}
			c += 'a' - 'A'
		}
		b.WriteByte(c)
	}
	return b.String()
}

func upper(c byte) bool { return c >= 'A' && c <= 'Z' }

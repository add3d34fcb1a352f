package store

import "gomphothere/internal/model"

// Schedule is a row of the schedules table: what runs again and again, and how it went.
type Schedule struct {
	Name      string
	LastRunAt model.Time // when the last run that ended began
	LastTook  int64      // milliseconds
	LastError string     // "" when the last run went well
	NextRunAt model.Time
}

// Schedules are all that ever ran on this database, by name.
func (q *Q) Schedules() ([]Schedule, error) {
	return all[Schedule](q, `select * from schedules order by name`)
}

// AddSchedule makes sure that there is a row and that the next run is not after next.
func (tx *Tx) AddSchedule(name string, next model.Time) error {
	_, err := tx.exec(`
		insert into schedules (name, next_run_at)
		values ($1, $2)
		on conflict (name) do update
		set next_run_at = case when excluded.next_run_at < schedules.next_run_at then excluded.next_run_at else schedules.next_run_at end`,
		name, next)
	return err
}

// StartSchedule moves the next run from was to next, and says whether it was the first to do so.
func (tx *Tx) StartSchedule(name string, was, next model.Time) (bool, error) {
	n, err := tx.exec(`
		update schedules set next_run_at = $3
		where name = $1 and next_run_at = $2`, name, was, next)
	return n > 0, err
}

// FinishSchedule writes down a run that has ended: when it began, how long it took, and why it failed ("": it did not).
func (tx *Tx) FinishSchedule(name string, began model.Time, failure string) error {
	_, err := tx.exec(`
		update schedules set last_run_at = $2, last_took = $3, last_error = $4
		where name = $1`, name, began, int64(tx.now-began), failure)
	return err
}

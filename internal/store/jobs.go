package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"gomphothere/internal/model"
)

// QueuedJob is a row of the jobs table.
type QueuedJob struct {
	ID           model.ID
	Lane         string
	Kind         string
	Args         string // JSON
	Once         string
	RunAt        model.Time
	Starts       int
	Attempts     int
	LaneFailures int
	BuriedAt     model.Time // 0: waiting or running
	Error        string
	CreatedAt    model.Time
}

// Lane is a row of the lanes table, and the jobs taken from it.
type Lane struct {
	Name       string
	Kind       string
	NextAt     model.Time
	RestUntil  model.Time
	Failures   int
	LastError  string
	Owner      string
	LeaseUntil model.Time
	Jobs       []QueuedJob `db:"-"`
}

// Enqueue adds a job that runs soon after the commit, at least once.
func (tx *Tx) Enqueue(job model.Job) error { return tx.EnqueueAt(tx.now, "", job) }

// EnqueueAt adds a job that runs at or soon after t. Jobs with the same kind and key run one at a time and in order;
// a job without a key waits for no other.
func (tx *Tx) EnqueueAt(t model.Time, key string, job model.Job) error {
	return tx.addJob(t, key, "", job)
}

// EnqueueOnce adds a job unless one of the same kind and key is waiting; many calls within the delay become one run.
// A job that has begun does not count: it may have read what this transaction changes.
func (tx *Tx) EnqueueOnce(key string, delay time.Duration, job model.Job) error {
	return tx.addJob(tx.now.Add(delay), key, job.Kind()+":"+key, job)
}

// EnqueueMoved makes a job of this kind and key run at or soon after t, and only then: one that waits is moved.
func (tx *Tx) EnqueueMoved(t model.Time, key string, job model.Job) error {
	once := job.Kind() + ":" + key
	if _, err := tx.wakeLane(once, job.Kind(), t); err != nil {
		return err
	}
	if _, err := tx.exec(`delete from jobs where once = $1 and once <> ''`, once); err != nil {
		return err
	}
	return tx.addJob(t, key, once, job)
}

// Enqueue adds one job on its own, for doors that have nothing else to write.
func (db *DB) Enqueue(ctx context.Context, job model.Job) error {
	return db.Write(ctx, func(tx *Tx) error { return tx.Enqueue(job) })
}

// EnqueueUnique adds a job to a lane unless one with this mark waits there already, and tells whether it did. A mark may
// be as long as strangers like; "" is none.
func (tx *Tx) EnqueueUnique(key, mark string, job model.Job) (bool, error) {
	once := ""
	if mark != "" {
		sum := sha256.Sum256([]byte(mark))
		once = job.Kind() + "#" + hex.EncodeToString(sum[:])
		if _, waits, err := maybe[model.ID](&tx.Q, `select id from jobs where once = $1 and once <> ''`, once); err != nil || waits {
			return false, err
		}
	}
	return true, tx.addJob(tx.now, key, once, job)
}

// EnqueueUnique is the same for doors that have nothing else to write.
func (db *DB) EnqueueUnique(ctx context.Context, key, mark string, job model.Job) (added bool, err error) {
	err = db.Write(ctx, func(tx *Tx) error {
		added, err = tx.EnqueueUnique(key, mark, job)
		return err
	})
	return added, err
}

// EnqueueOnce is Tx.EnqueueOnce for doors that have nothing else to write.
func (db *DB) EnqueueOnce(ctx context.Context, key string, delay time.Duration, job model.Job) error {
	return db.Write(ctx, func(tx *Tx) error { return tx.EnqueueOnce(key, delay, job) })
}

// EnqueueAside adds a job in a lane of its own, named below group, so that it waits for no other and is counted there.
func (db *DB) EnqueueAside(ctx context.Context, delay time.Duration, group string, job model.Job) error {
	return db.Write(ctx, func(tx *Tx) error {
		return tx.EnqueueAt(tx.now.Add(delay), group+"/"+tx.NewID().String(), job)
	})
}

// WaitingByGroup counts the jobs of a kind that wait, by what stands before the "/" in the names of their lanes. It
// walks an index of all jobs, so it is for starts and gauges.
func (q *Q) WaitingByGroup(kind string) (map[string]int, error) {
	type row struct {
		Lane string
		N    int
	}
	out := map[string]int{}
	err := each(q, `
		select lane, count(*) as n from jobs
		where kind = $1 and buried_at = 0
		group by lane`, []any{kind}, func(r *row) {
		group, _, _ := strings.Cut(strings.TrimPrefix(r.Lane, kind+":"), "/")
		out[group] += r.N
	})
	return out, err
}

func (tx *Tx) addJob(t model.Time, key, once string, job model.Job) error {
	args, err := json.Marshal(job)
	if err != nil {
		return err
	}
	id := tx.NewID()
	lane := job.Kind() + ":" + key
	if key == "" && once == "" {
		lane = job.Kind() + "#" + id.String()
	}
	failures, err := tx.wakeLane(lane, job.Kind(), t)
	if err != nil {
		return err
	}
	// The conflict is an update and no "do nothing", so that on PostgreSQL the job that waits cannot begin before
	// this transaction's rows can be read.
	_, err = tx.exec(`
		insert into jobs (id, lane, kind, args, once, run_at, lane_failures, created_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8)
		on conflict (once) where once <> '' do update
		set run_at = case when excluded.run_at < jobs.run_at then excluded.run_at else jobs.run_at end`,
		id, lane, job.Kind(), string(args), once, t, failures, tx.now)
	return err
}

// Errand is a job and its key.
type Errand struct {
	Key string
	Job model.Job
}

// EnqueueAll is EnqueueAt for many jobs of one kind, all with keys, at a fraction of the cost.
func (tx *Tx) EnqueueAll(t model.Time, errands []Errand) error {
	if len(errands) == 0 {
		return nil
	}
	kind := errands[0].Job.Kind()
	var names []string
	for _, e := range errands {
		if e.Key == "" || e.Job.Kind() != kind {
			return fmt.Errorf("store: a %s among many of %s, key %q", e.Job.Kind(), kind, e.Key)
		}
		names = append(names, kind+":"+e.Key)
	}
	lanes := slices.Clone(names)
	slices.Sort(lanes) // in one order everywhere, so that two transactions do not wait for each other
	failures, err := tx.wakeLanes(slices.Compact(lanes), kind, t)
	if err != nil {
		return err
	}
	type row struct {
		ID       model.ID `json:"i"`
		Lane     string   `json:"l"`
		Args     string   `json:"a"`
		Failures int64    `json:"f"`
	}
	var rows []row
	var ids, fails []int64
	var args []string
	for i, e := range errands {
		b, err := json.Marshal(e.Job)
		if err != nil {
			return err
		}
		r := row{tx.NewID(), names[i], string(b), failures[names[i]]}
		rows = append(rows, r)
		ids, args, fails = append(ids, int64(r.ID)), append(args, r.Args), append(fails, r.Failures)
	}
	if tx.db.postgres {
		_, err = tx.exec(`
			insert into jobs (id, lane, kind, args, run_at, lane_failures, created_at)
			select j.id, j.lane, cast($5 as text), j.args, cast($6 as bigint), j.failures, cast($7 as bigint)
			from unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[]) j (id, lane, args, failures)`,
			ids, names, args, fails, kind, t, tx.now)
		return err
	}
	list, err := jsonText(rows)
	if err != nil {
		return err
	}
	_, err = tx.exec(`
		insert into jobs (id, lane, kind, args, run_at, lane_failures, created_at)
		select cast(j.value ->> '$.i' as integer), j.value ->> '$.l', $2, j.value ->> '$.a', $3, j.value ->> '$.f', $4
		from json_each($1) j`, list, kind, t, tx.now)
	return err
}

// wakeLanes is wakeLane for many.
func (tx *Tx) wakeLanes(names []string, kind string, t model.Time) (map[string]int64, error) {
	if !tx.nudged {
		tx.nudged = true
		tx.Publish(model.Event{Type: model.TouchQueue})
	}
	type row struct {
		Name     string
		Failures int64
	}
	failures := map[string]int64{}
	err := each(&tx.Q, `
		insert into lanes (name, kind, next_at)
		select l.name, cast($2 as text), cast($3 as bigint) from `+tx.db.pick(`(select value as name from json_each($1)) l where true`, `unnest($1::text[]) l (name)`)+`
		on conflict (name) do update
		set next_at = case
			when excluded.next_at >= lanes.next_at then lanes.next_at
			when excluded.next_at > lanes.rest_until then excluded.next_at
			else lanes.rest_until
		end
		returning name, failures`, []any{names, kind, t}, func(r *row) { failures[r.Name] = r.Failures })
	return failures, err
}

// wakeLane makes sure that the lane is looked at when a job of it is due at t, and says how often it failed of late.
// Lanes are always locked before their jobs.
func (tx *Tx) wakeLane(lane, kind string, t model.Time) (failures int, err error) {
	if !tx.nudged {
		tx.nudged = true
		tx.Publish(model.Event{Type: model.TouchQueue})
	}
	return one[int](&tx.Q, `
		insert into lanes (name, kind, next_at)
		values ($1, $2, $3)
		on conflict (name) do update
		set next_at = case
			when excluded.next_at >= lanes.next_at then lanes.next_at
			when excluded.next_at > lanes.rest_until then excluded.next_at
			else lanes.rest_until
		end
		returning failures`, lane, kind, t)
}

// RouseLane ends the rest of a failing lane: whoever it waits for is back.
func (tx *Tx) RouseLane(kind, key string) error {
	n, err := tx.exec(`
		update lanes set next_at = $2, rest_until = $2
		where name = $1 and owner = '' and rest_until > $2`, kind+":"+key, tx.now)
	if n > 0 {
		tx.Publish(model.Event{Type: model.TouchQueue})
	}
	return err
}

// Due is when the first free lane of a kind wants to be looked at.
type Due struct {
	Kind   string
	NextAt model.Time
}

// DueLanes tells for each kind when its next free lane is due: one step in an index per kind, however many lanes wait.
func (q *Q) DueLanes() ([]Due, error) {
	return all[Due](q, `
		with recursive k (kind) as (
			select min(kind) from lanes where owner = ''
			union all
			select (select min(lanes.kind) from lanes where owner = '' and lanes.kind > k.kind)
			from k
			where k.kind is not null
		)
		select kind, (select min(next_at) from lanes where owner = '' and lanes.kind = k.kind) as next_at
		from k
		where kind is not null`)
}

// ClaimLanes gives at most lanes due lanes of a kind to owner, longest due first, each with at most jobs due jobs in
// order. Of a lane that failed it takes one job, to see whether it still fails; at most failing of the lanes are such.
func (tx *Tx) ClaimLanes(owner string, until model.Time, kind string, lanes, failing, jobs int) (claimed []Lane, err error) {
	if failing >= lanes {
		claimed, err = tx.claim(owner, until, kind, "", lanes)
	} else {
		// A few that failed first: they are to be tried now and then however many others wait.
		if failing > 0 {
			claimed, err = tx.claim(owner, until, kind, " and failures > 0", max(min(failing, lanes/4), 1))
		}
		if err == nil && len(claimed) < lanes {
			var well []Lane
			well, err = tx.claim(owner, until, kind, " and failures = 0", lanes-len(claimed))
			claimed = append(claimed, well...)
		}
	}
	if err != nil || len(claimed) == 0 {
		return nil, err
	}
	byName := map[string]*Lane{}
	var names []string
	for i := range claimed {
		byName[claimed[i].Name] = &claimed[i]
		names = append(names, claimed[i].Name)
	}
	taken, err := all[QueuedJob](&tx.Q, tx.db.pick(`
		select j.* from json_each($1) l
		cross join jobs j on j.id in (
			select id from jobs
			where lane = l.value and buried_at = 0 and run_at <= $2
			order by run_at, id
			limit $3
		)`, `
		select j.* from unnest($1::text[]) l (name)
		cross join lateral (
			select * from jobs
			where lane = l.name and buried_at = 0 and run_at <= $2
			order by run_at, id
			limit $3
		) j`), names, tx.now, jobs)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(taken, func(a, b QueuedJob) int {
		if a.RunAt != b.RunAt {
			return int(a.RunAt - b.RunAt)
		}
		return int(min(max(a.ID-b.ID, -1), 1))
	})
	var ids []model.ID
	for _, j := range taken {
		l := byName[j.Lane]
		if l.Failures > 0 && len(l.Jobs) > 0 {
			continue
		}
		j.Starts++
		l.Jobs = append(l.Jobs, j)
		ids = append(ids, j.ID)
	}
	_, err = tx.exec(`update jobs set starts = starts + 1, once = '' where id in $1`, ids)
	return claimed, err
}

func (tx *Tx) claim(owner string, until model.Time, kind, which string, lanes int) ([]Lane, error) {
	return all[Lane](&tx.Q, tx.db.pick(`
		update lanes set owner = $1, lease_until = $2
		where name in (
			select name from lanes
			where kind = $3 and owner = '' and next_at <= $4`+which+`
			order by next_at
			limit $5
		)
		returning *`, `
		update lanes set owner = $1, lease_until = $2
		where name = any(array(
			select name from lanes
			where kind = $3 and owner = '' and next_at <= $4`+which+`
			order by next_at
			limit $5
			for update skip locked
		))
		returning *`), owner, until, kind, tx.now, lanes)
}

// Ack is what became of claimed lanes and their jobs.
type Ack struct {
	Done   []model.ID  // gone
	Back   []model.ID  // taken, never begun
	Failed []FailedJob // tried again or buried
	Lanes  []FreeLane  // given back
}

// FailedJob is a job that is tried again at RunAt or buried.
type FailedJob struct {
	ID    model.ID
	RunAt model.Time
	Error string
	Bury  bool
}

// FreeLane gives a lane back.
type FreeLane struct {
	Name      string
	Failures  int // in a row, up to now
	Error     string
	RestUntil model.Time // it is left alone until then
	// GiveUp, when not 0, buries the jobs that waited through so many of the lane's failures, as nobody answers.
	GiveUp int
}

// maxGiveUp jobs are buried in one transaction, so that others need not wait for it; the next probe takes as many.
const maxGiveUp = 1000

// AckJobs writes down what became of what owner claimed. A lane that somebody else took over meanwhile is left alone.
func (tx *Tx) AckJobs(owner string, a Ack) error {
	if len(a.Done) > 0 {
		if _, err := tx.exec(`delete from jobs where id in $1`, a.Done); err != nil {
			return err
		}
	}
	if len(a.Back) > 0 {
		if _, err := tx.exec(`update jobs set starts = starts - 1 where id in $1`, a.Back); err != nil {
			return err
		}
	}
	for _, f := range a.Failed {
		_, err := tx.exec(`
			update jobs set attempts = attempts + 1, error = $2, run_at = $3, buried_at = $4
			where id = $1`, f.ID, f.Error, f.RunAt, tx.buriedAt(f.Bury))
		if err != nil {
			return err
		}
	}
	// In one order everywhere, so that two transactions do not wait for each other.
	slices.SortFunc(a.Lanes, func(x, y FreeLane) int { return strings.Compare(x.Name, y.Name) })
	var names []string
	for _, l := range a.Lanes {
		names = append(names, l.Name)
	}
	return tx.freeLanes(owner, names, a.Lanes)
}

func (tx *Tx) buriedAt(bury bool) model.Time {
	if bury {
		return tx.now
	}
	return 0
}

func (tx *Tx) freeLanes(owner string, names []string, lanes []FreeLane) error {
	if len(names) == 0 {
		return nil
	}
	// Lock the lanes first: only a later statement sees what others added meanwhile (PostgreSQL).
	_, err := tx.exec(`
		update lanes set owner = '', failures = 0, last_error = '', rest_until = $3, next_at = $3
		where name in $1 and owner = $2`, names, owner, tx.now)
	if err != nil {
		return err
	}
	for _, l := range lanes {
		if l.Failures == 0 {
			continue
		}
		_, err := tx.exec(`
			update lanes set failures = $2, last_error = $3, rest_until = $4
			where name = $1 and owner = ''`, l.Name, l.Failures, l.Error, l.RestUntil)
		if err != nil {
			return err
		}
		if l.GiveUp == 0 {
			continue
		}
		_, err = tx.exec(`
			update jobs set buried_at = $2, error = $3, once = ''
			where id in (
				select id from (
					select id, lane_failures from jobs
					where lane = $1 and buried_at = 0 and run_at <= $2
					order by run_at, id
					limit $5
				) oldest
				where lane_failures <= $4
			)`, l.Name, tx.now, l.Error, l.Failures-l.GiveUp, maxGiveUp)
		if err != nil {
			return err
		}
	}
	_, err = tx.exec(`
		delete from lanes
		where name in $1 and owner = '' and not exists (select 1 from jobs where lane = lanes.name and buried_at = 0)`, names)
	if err != nil {
		return err
	}
	_, err = tx.exec(`
		update lanes set next_at = (
			select case when j.run_at > lanes.rest_until then j.run_at else lanes.rest_until end
			from jobs j
			where j.lane = lanes.name and j.buried_at = 0
			order by j.run_at, j.id
			limit 1
		)
		where name in $1 and owner = ''`, names)
	return err
}

// TakeOverLanes frees the lanes whose owners are gone: all that are held when everybody is gone (SQLite, at the
// start), else those whose lease has ended. Each counts as failed once, so that its first job is tried alone: it may
// be what ended the owner. It says how many lanes there were.
func (tx *Tx) TakeOverLanes(everybody bool) (int64, error) {
	until := tx.now
	if everybody {
		until = math.MaxInt64
	}
	return tx.exec(`
		update lanes set owner = '', failures = failures + 1, last_error = 'its worker is gone', next_at = $1
		where owner <> '' and lease_until <= $2`, tx.now, until)
}

// ExtendLeases keeps owner's lanes and says how many those are.
func (tx *Tx) ExtendLeases(owner string, until model.Time) (int64, error) {
	return tx.exec(`update lanes set lease_until = $2 where owner = $1 and owner <> ''`, owner, until)
}

// FreeAll gives back what owner still holds, as it is.
func (tx *Tx) FreeAll(owner string) (int64, error) {
	return tx.exec(`update lanes set owner = '', next_at = $2 where owner = $1 and owner <> ''`, owner, tx.now)
}

// KindCount is what waits of one kind.
type KindCount struct {
	Kind    string
	Waiting int64 // due or not, running or not
	Buried  int64
	Oldest  model.Time // the time of the first that waits
}

// JobCounts counts by kind; it reads an index of all jobs, so it is for people and gauges and not for every request.
func (q *Q) JobCounts() ([]KindCount, error) {
	counts, err := all[KindCount](q, `
		select kind, count(*) as waiting, min(run_at) as oldest from jobs
		where buried_at = 0
		group by kind`)
	if err != nil {
		return nil, err
	}
	buried, err := all[KindCount](q, `
		select kind, count(*) as buried from jobs
		where buried_at > 0
		group by kind`)
	if err != nil {
		return nil, err
	}
	for _, b := range buried {
		i := slices.IndexFunc(counts, func(c KindCount) bool { return c.Kind == b.Kind })
		if i < 0 {
			counts = append(counts, b)
			continue
		}
		counts[i].Buried = b.Buried
	}
	slices.SortFunc(counts, func(a, b KindCount) int { return strings.Compare(a.Kind, b.Kind) })
	return counts, nil
}

// FailingLanes are the lanes that failed most often in a row.
func (q *Q) FailingLanes(limit int) ([]Lane, error) {
	return all[Lane](q, `
		select * from lanes
		where failures > 0
		order by failures desc
		limit $1`, limit)
}

// HeldLanes are the lanes somebody works on.
func (q *Q) HeldLanes(limit int) ([]Lane, error) {
	return all[Lane](q, `
		select * from lanes
		where owner <> ''
		order by lease_until
		limit $1`, limit)
}

// BuriedJobs are jobs given up, newest first, before the id (0: from the newest).
func (q *Q) BuriedJobs(before model.ID, limit int) ([]QueuedJob, error) {
	if before == 0 {
		before = math.MaxInt64
	}
	return all[QueuedJob](q, `
		select * from jobs
		where buried_at > 0 and id < $1
		order by id desc
		limit $2`, before, limit)
}

// ReplayJob lets a buried job wait again as if it were new. It is NotFound when no such job is buried.
func (tx *Tx) ReplayJob(id model.ID) error {
	j, err := one[QueuedJob](&tx.Q, `select * from jobs where id = $1 and buried_at > 0`, id)
	if err != nil {
		return err
	}
	failures, err := tx.wakeLane(j.Lane, j.Kind, tx.now)
	if err != nil {
		return err
	}
	_, err = tx.exec(`
		update jobs set buried_at = 0, starts = 0, attempts = 0, lane_failures = $2, run_at = $3
		where id = $1`, id, failures, tx.now)
	return err
}

// RemoveBuried forgets a buried job. It is NotFound when no such job is buried.
func (tx *Tx) RemoveBuried(id model.ID) error {
	n, err := tx.exec(`delete from jobs where id = $1 and buried_at > 0`, id)
	if err == nil && n == 0 {
		return model.ErrNotFound()
	}
	return err
}

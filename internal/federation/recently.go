package federation

import "sync"

// recently keeps what was used of late, bounded in number and, where size says so, in bytes: when full, it starts anew.
// What it keeps is cheap to read again.
type recently[K comparable, V any] struct {
	most  int
	bytes int
	size  func(V) int

	mu   sync.Mutex
	m    map[K]V
	used int
}

func (r *recently[K, V]) get(k K) (V, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	v, ok := r.m[k]
	return v, ok
}

func (r *recently[K, V]) put(k K, v V) {
	n := 0
	if r.size != nil {
		n = r.size(v)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.m == nil || len(r.m) >= r.most || r.bytes > 0 && r.used+n > r.bytes {
		r.m, r.used = map[K]V{}, 0
	}
	r.m[k] = v
	r.used += n
}

func (r *recently[K, V]) drop(k K) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if v, ok := r.m[k]; ok && r.size != nil {
		r.used -= r.size(v)
	}
	delete(r.m, k)
}

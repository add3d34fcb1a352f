package federation

import "sync"

// maxHandleHosts bounds the hosts of which it is remembered how they name their people; more are met in no hour.
const maxHandleHosts = 8192

// handles remembers which hosts were seen to name their people by their own name, user@host at host. Hosts with another
// domain for names are asked every time.
type handles struct {
	mu   sync.Mutex
	host map[string]bool
}

// plain tells whether a host names its people by its own name.
func (h *handles) plain(host string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.host[host]
}

// seen notes how a host named somebody.
func (h *handles) seen(host string, plain bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.host == nil || len(h.host) >= maxHandleHosts {
		h.host = map[string]bool{}
	}
	if !plain {
		delete(h.host, host)
		return
	}
	h.host[host] = true
}

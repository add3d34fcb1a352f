package federation

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"gomphothere/internal/store"
)

// nodeInfoAge is how old what is told of the server may be: counting costs, and crawlers come all day.
const nodeInfoAge = 30 * time.Minute

const software = "gomphothere"

// nodeDocument describes the server to crawlers (NodeInfo 2.0 and 2.1).
type nodeDocument struct {
	Version           string            `json:"version"`
	Software          map[string]string `json:"software"`
	Protocols         []string          `json:"protocols"`
	Services          nodeServices      `json:"services"`
	Usage             nodeUsage         `json:"usage"`
	OpenRegistrations bool              `json:"openRegistrations"`
	Metadata          nodeMetadata      `json:"metadata"`
}

type nodeServices struct {
	Outbound []string `json:"outbound"`
	Inbound  []string `json:"inbound"`
}

type nodeUsage struct {
	Users      nodeUsers `json:"users"`
	LocalPosts int64     `json:"localPosts"`
}

type nodeUsers struct {
	Total          int64 `json:"total"`
	ActiveMonth    int64 `json:"activeMonth"`
	ActiveHalfyear int64 `json:"activeHalfyear"`
}

type nodeMetadata struct {
	NodeName        string `json:"nodeName"`
	NodeDescription string `json:"nodeDescription"`
}

// nodeInfoDiscovery tells where NodeInfo is.
func (f *Federation) nodeInfoDiscovery(w http.ResponseWriter, _ *http.Request) {
	var doc finger
	for _, v := range []string{"2.0", "2.1"} {
		doc.Links = append(doc.Links, fingerLink{Rel: "http://nodeinfo.diaspora.software/ns/schema/" + v, Href: f.Site.Base + "/nodeinfo/" + v})
	}
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cache-Control", "public, max-age="+strconv.Itoa(int(fingerAge.Seconds())))
	f.writeJSON(w, "application/json; charset=utf-8", doc)
}

// usage remembers the counts, so that no crowd of crawlers makes the server count.
type usage struct {
	mu sync.Mutex
	at time.Time
	u  store.Usage
}

func (c *usage) get(now time.Time, count func() (store.Usage, error)) (store.Usage, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if age := now.Sub(c.at); !c.at.IsZero() && age >= 0 && age < nodeInfoAge {
		return c.u, nil
	}
	u, err := count()
	if err == nil {
		c.at, c.u = now, u
	}
	return u, err
}

// nodeInfo answers with one version.
func (f *Federation) nodeInfo(version string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		u, err := f.kept.usage.get(f.Now(), func() (store.Usage, error) { return f.Social.Usage(r.Context()) })
		if err != nil {
			f.refuse(w, r, err)
			return
		}
		doc := nodeDocument{
			Version: version, Software: map[string]string{"name": software, "version": f.Site.Version},
			Protocols: []string{"activitypub"}, Services: nodeServices{[]string{}, []string{}},
			Usage:             nodeUsage{nodeUsers{u.Users, u.ActiveMonth, u.ActiveHalfyear}, u.Statuses},
			OpenRegistrations: f.Site.Registrations == "open", Metadata: nodeMetadata{f.Site.Title, f.Site.Description},
		}
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Cache-Control", "public, max-age="+strconv.Itoa(int(nodeInfoAge.Seconds())))
		f.writeJSON(w, `application/json; profile="http://nodeinfo.diaspora.software/ns/schema/`+version+`#"; charset=utf-8`, doc)
	})
}

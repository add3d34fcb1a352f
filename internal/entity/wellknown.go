package entity

import "gomphothere/internal/model"

// WebFinger says where somebody is (RFC 7033).
type WebFinger struct {
	Subject string          `json:"subject"`
	Aliases []string        `json:"aliases"`
	Links   []WebFingerLink `json:"links"`
}

// WebFingerLink is one place.
type WebFingerLink struct {
	Rel      string `json:"rel"`
	Type     string `json:"type,omitempty"`
	Href     string `json:"href,omitempty"`
	Template string `json:"template,omitempty"`
}

// NodeInfoDiscovery says where NodeInfo is (NodeInfo protocol: discovery).
type NodeInfoDiscovery struct {
	Links []WebFingerLink `json:"links"`
}

// NodeInfo describes the server to crawlers (NodeInfo 2.0).
type NodeInfo struct {
	Version           string           `json:"version"`
	Software          NodeInfoSoftware `json:"software"`
	Protocols         []string         `json:"protocols"`
	Services          NodeInfoServices `json:"services"`
	Usage             NodeInfoUsage    `json:"usage"`
	OpenRegistrations bool             `json:"openRegistrations"`
	Metadata          NodeInfoMetadata `json:"metadata"`
}

// NodeInfoSoftware is what runs.
type NodeInfoSoftware struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// NodeInfoServices are bridges: none.
type NodeInfoServices struct {
	Outbound []string `json:"outbound"`
	Inbound  []string `json:"inbound"`
}

// NodeInfoUsage are counts.
type NodeInfoUsage struct {
	Users      NodeInfoUsers `json:"users"`
	LocalPosts int64         `json:"localPosts"`
}

// NodeInfoUsers counts people: all, and those who came back within a month or half a year.
type NodeInfoUsers struct {
	Total          int64 `json:"total"`
	ActiveMonth    int64 `json:"activeMonth"`
	ActiveHalfyear int64 `json:"activeHalfyear"`
}

// NodeInfoMetadata is the server's name.
type NodeInfoMetadata struct {
	NodeName        string `json:"nodeName"`
	NodeDescription string `json:"nodeDescription"`
}

// WebFinger draws where an account of ours is.
func (d *Drawer) WebFinger(a *model.Account) WebFinger {
	return WebFinger{
		Subject: "acct:" + a.Username + "@" + d.Domain,
		Aliases: []string{a.URL, a.URI},
		Links: []WebFingerLink{
			{Rel: "http://webfinger.net/rel/profile-page", Type: "text/html", Href: a.URL},
			{Rel: "self", Type: "application/activity+json", Href: a.URI},
			{Rel: "http://ostatus.org/schema/1.0/subscribe", Template: d.Base + "/authorize_interaction?uri={uri}"},
		},
	}
}

// NodeInfoDiscovery draws where NodeInfo is.
func (d *Drawer) NodeInfoDiscovery() NodeInfoDiscovery {
	return NodeInfoDiscovery{[]WebFingerLink{{Rel: "http://nodeinfo.diaspora.software/ns/schema/2.0", Href: d.Base + "/nodeinfo/2.0"}}}
}

// NodeInfo draws the server for crawlers; halfyear counts the people who came back within half a year.
func (d *Drawer) NodeInfo(f InstanceFacts, halfyear int64) NodeInfo {
	return NodeInfo{
		Version: "2.0", Software: NodeInfoSoftware{"gomphothere", f.Site.Version}, Protocols: []string{"activitypub"},
		Services:          NodeInfoServices{[]string{}, []string{}},
		Usage:             NodeInfoUsage{NodeInfoUsers{f.Users, f.ActiveMonth, halfyear}, f.Statuses},
		OpenRegistrations: f.Site.Registrations == "open", Metadata: NodeInfoMetadata{f.Site.Title, f.Site.Description},
	}
}

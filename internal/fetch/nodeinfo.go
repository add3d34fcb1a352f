package fetch

import (
	"context"
	"encoding/json"
	"strings"

	"gomphothere/internal/model"
)

// NodeInfo is what a host says of its software (NodeInfo 1.0 to 2.1, FEP-f1d5).
type NodeInfo struct {
	Software          string // lower case
	Version           string
	Name              string
	OpenRegistrations bool
	Users             int64
	Statuses          int64
}

// maxNodeText bounds what is kept of a stranger's name and version.
const maxNodeText = 200

// NodeInfo asks a host for its description: domain, with a port in development only.
func (c *Client) NodeInfo(ctx context.Context, domain string) (*NodeInfo, error) {
	return share(ctx, c, "nodeinfo "+strings.ToLower(domain), func(ctx context.Context) (*NodeInfo, error) {
		a, err := c.Get(ctx, c.base(domain)+"/.well-known/nodeinfo", "application/json", maxFinger)
		if err != nil {
			return nil, err
		}
		href := parseNodeLinks(a.Body)
		if href == "" {
			return nil, network(a.URL, model.Invalidf("The answer names no NodeInfo that is known here"))
		}
		if a, err = c.Get(ctx, href, "application/json", maxFinger); err != nil {
			return nil, err
		}
		n, err := parseNodeInfo(a.Body)
		if err != nil {
			return nil, network(a.URL, err)
		}
		return n, nil
	})
}

// parseNodeLinks gives the newest description linked; "" when there is none.
func parseNodeLinks(body []byte) string {
	var doc struct {
		Links []struct {
			Rel  string `json:"rel"`
			Href string `json:"href"`
		} `json:"links"`
	}
	if err := json.Unmarshal(body, &doc); err != nil {
		return ""
	}
	best, href := "", ""
	for _, l := range doc.Links {
		version, ok := strings.CutPrefix(strings.Replace(l.Rel, "https://", "http://", 1), "http://nodeinfo.diaspora.software/ns/schema/")
		if ok && len(version) == 3 && (version[0] == '1' || version[0] == '2') && version > best && l.Href != "" {
			best, href = version, l.Href
		}
	}
	return href
}

func parseNodeInfo(body []byte) (*NodeInfo, error) {
	var doc struct {
		Software struct {
			Name    string `json:"name"`
			Version string `json:"version"`
		} `json:"software"`
		OpenRegistrations any `json:"openRegistrations"`
		Usage             struct {
			Users      map[string]any `json:"users"`
			LocalPosts any            `json:"localPosts"`
		} `json:"usage"`
		Metadata json.RawMessage `json:"metadata"` // some write a list
	}
	if err := json.Unmarshal(body, &doc); err != nil {
		return nil, &model.Error{Kind: model.KindInvalid, Text: "The answer is no NodeInfo document", Cause: err}
	}
	if doc.Software.Name == "" {
		return nil, model.Invalidf("The NodeInfo document names no software")
	}
	var metadata struct {
		NodeName any `json:"nodeName"`
	}
	n := &NodeInfo{
		Software: strings.ToLower(bounded(doc.Software.Name)),
		Version:  bounded(doc.Software.Version),
		Users:    count(doc.Usage.Users["total"]),
		Statuses: count(doc.Usage.LocalPosts),
	}
	n.OpenRegistrations, _ = doc.OpenRegistrations.(bool)
	if json.Unmarshal(doc.Metadata, &metadata) == nil { // a name is a courtesy
		name, _ := metadata.NodeName.(string)
		n.Name = bounded(name)
	}
	return n, nil
}

func bounded(s string) string {
	return strings.ToValidUTF8(s[:min(len(s), maxNodeText)], "")
}

func count(v any) int64 {
	f, ok := v.(float64)
	if !ok || f < 0 || f > 1e15 {
		return 0
	}
	return int64(f)
}

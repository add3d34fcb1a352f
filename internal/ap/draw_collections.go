package ap

// Collected is a collection to draw, whole or by pages.
type Collected struct {
	ID      string
	Ordered bool
	By      string // attributedTo, "" for none
	Total   int64  // -1: not told
	First   string // address of the first page; "": the items stand here
	Last    string
	Items   []string // ids
	Docs    [][]byte // or whole documents, drawn before, their @context within
}

// Collection draws a collection. One without First, Items and Docs tells only how many there are.
func (d Drawer) Collection(c Collected) []byte {
	return document(400, func(w *drawing) {
		w.set("id", c.ID)
		w.set("type", kindOf("Collection", c.Ordered))
		w.some("attributedTo", c.By)
		if c.Total >= 0 {
			w.int("totalItems", c.Total)
		}
		w.some("first", c.First)
		w.some("last", c.Last)
		if c.First == "" && (c.Items != nil || c.Docs != nil) {
			items(w, c.Ordered, c.Items, c.Docs)
		}
	})
}

// CollectedPage is a page of a collection to draw.
type CollectedPage struct {
	ID      string
	Ordered bool
	PartOf  string
	Next    string
	Prev    string
	Total   int64 // -1: not told
	Items   []string
	Docs    [][]byte
}

// CollectionPage draws a page.
func (d Drawer) CollectionPage(p CollectedPage) []byte {
	size := 500 + len(p.Items)*80
	for _, doc := range p.Docs {
		size += len(doc)
	}
	return document(size, func(w *drawing) {
		w.set("id", p.ID)
		w.set("type", kindOf("CollectionPage", p.Ordered))
		if p.Total >= 0 {
			w.int("totalItems", p.Total)
		}
		w.some("next", p.Next)
		w.some("prev", p.Prev)
		w.set("partOf", p.PartOf)
		items(w, p.Ordered, p.Items, p.Docs)
	})
}

func kindOf(kind string, ordered bool) string {
	if ordered {
		return "Ordered" + kind
	}
	return kind
}

func items(w *drawing, ordered bool, ids []string, docs [][]byte) {
	if ordered {
		w.name("orderedItems")
	} else {
		w.name("items")
	}
	w.array(func() {
		for _, id := range ids {
			w.string(id)
		}
		for _, doc := range docs {
			w.comma()
			w.b = append(w.b, doc...)
		}
	})
}

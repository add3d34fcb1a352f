package federation

// Routes are the doors of other servers: a line each.
func (f *Federation) Routes() []Route { return f.inboxRoutes() }

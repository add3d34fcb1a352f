package social

// ReblogWindow is how near a reblog is not shown again.
const ReblogWindow = reblogWindow

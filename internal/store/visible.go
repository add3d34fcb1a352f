package store

// visible is the one rule of who may see a status, for queries with the status as s and the viewer's id (0: a
// visitor) as $1. model.Relations.Visible is the same rule over rows in memory;
// a property test holds them together.
// Mastodon: StatusPolicy#show?
const visible = `(
	s.account_id = $1
	or (
		not exists (select 1 from accounts a where a.id = s.account_id and a.suspended_at <> 0)
		and (
			(
				s.visibility in ('public', 'unlisted')
				and not exists (select 1 from blocks b where b.account_id = s.account_id and b.target_id = $1)
			)
			or (
				s.visibility in ('private', 'direct', 'limited')
				and exists (select 1 from mentions m where m.status_id = s.id and m.account_id = $1)
			)
			or (
				s.visibility = 'private'
				and exists (select 1 from follows f where f.account_id = $1 and f.target_id = s.account_id)
			)
		)
	)
)`

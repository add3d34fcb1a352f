// A day on a server with masto.js: everything in it, media and push apart.
import { createHash, randomBytes } from 'node:crypto'
import { createOAuthAPIClient, createRestAPIClient, createStreamingAPIClient, MastoHttpError } from 'masto'
import { WebSocket as Socket } from 'ws'
import { ask, callback, day, equal, holds, many, outOfBand, refused, server, step, tell, truth } from '../day.mjs'

// masto.js wants Node 20 and 22 for these; Debian 12 has 18.
AbortSignal.any ??= () => new AbortController().signal
globalThis.WebSocket ??= Socket
Promise.withResolvers ??= () => {
  const made = {}
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }))
  return made
}

const me = {} // people's accounts, by name
const as = {} // their clients
let apps

const no = (call, status) =>
  refused(call, status, (e) => (e instanceof MastoHttpError ? [e.statusCode, e.message] : []))
const ids = (list) => list.map((x) => x.id)
const doras = (list) => ids(list.filter((s) => s.account.acct === 'dora')) // carol's home has words of her own
const names = (list) => list.map((a) => a.acct).sort()

async function signIn() {
  step('apps register')
  const anyone = createRestAPIClient({ url: server })
  const scopes = 'read write follow push'
  const codes = await anyone.v1.apps.create({ clientName: 'masto.js', redirectUris: outOfBand, scopes, website: 'https://app.example' })
  equal('name', codes.name, 'masto.js')
  equal('redirect_uris', codes.redirectUris, [outOfBand])
  equal('scopes', codes.scopes, ['read', 'write', 'follow', 'push'])
  const web = await anyone.v1.apps.create({ clientName: 'masto.js on the web', redirectUris: [callback, outOfBand], scopes })
  equal('redirect_uris', web.redirectUris, [callback, outOfBand])
  apps = { codes, web }

  step('an app speaks for itself')
  const oauth = createOAuthAPIClient({ url: server })
  const own = await oauth.token.create({ grantType: 'client_credentials', clientId: codes.clientId, clientSecret: codes.clientSecret, redirectUri: outOfBand, scope: 'read' })
  equal('token_type', own.tokenType, 'Bearer')
  const verified = await createRestAPIClient({ url: server, accessToken: own.accessToken }).v1.apps.verifyCredentials()
  equal('name', verified.name, 'masto.js')
  await no(createRestAPIClient({ url: server, accessToken: own.accessToken }).v1.accounts.verifyCredentials(), 422)

  step('alice and carol copy a code')
  for (const name of ['alice', 'carol']) await enter(oauth, codes, name, outOfBand, {}, {})
  step('bob and dora come back to the app, which proves that it is the one that asked')
  for (const name of ['bob', 'dora']) {
    const verifier = randomBytes(32).toString('base64url')
    const challenge = createHash('sha256').update(verifier).digest('base64url')
    await enter(oauth, web, name, callback, { code_challenge: challenge, code_challenge_method: 'S256', state: `state of ${name} & more` }, { codeVerifier: verifier })
  }
  step('a code is worth nothing without the proof')
  const challenge = createHash('sha256').update('the verifier').digest('base64url')
  const code = await ask('bob', link(web, callback, { code_challenge: challenge, code_challenge_method: 'S256' }))
  const grant = { grantType: 'authorization_code', clientId: web.clientId, clientSecret: web.clientSecret, redirectUri: callback, code }
  await no(oauth.token.create({ ...grant, codeVerifier: 'a guess' }), 400)
}

function link(app, redirect, more) {
  const query = new URLSearchParams({ response_type: 'code', client_id: app.clientId, redirect_uri: redirect, scope: 'read write follow push', ...more })
  return `${server}/oauth/authorize?${query}`
}

async function enter(oauth, app, name, redirect, asked, proof) {
  const code = await ask(name, link(app, redirect, asked))
  const token = await oauth.token.create({
    grantType: 'authorization_code', clientId: app.clientId, clientSecret: app.clientSecret, redirectUri: redirect, code, scope: 'read write follow push', ...proof,
  })
  equal('scope', token.scope, 'read write follow push')
  as[name] = createRestAPIClient({ url: server, accessToken: token.accessToken })
  me[name] = await as[name].v1.accounts.verifyCredentials()
  me[name].token = token.accessToken
  equal('username', me[name].username, name)
}

async function lookAround() {
  step('alice looks at the server, old way and new')
  const domain = new URL(server).host
  const v1 = await as.alice.v1.instance.fetch()
  equal('uri', v1.uri, domain)
  const v2 = await as.alice.v2.instance.fetch()
  equal('domain', v2.domain, domain)
  equal('title', v2.title, v1.title)
  truth('api version', v2.apiVersions.mastodon >= 7) // 4.5 and newer: quotes
  equal('longest post', v2.configuration.statuses.maxCharacters, v1.configuration.statuses.maxCharacters)
  truth('registrations', typeof v2.registrations.enabled === 'boolean')
  truth('rules', Array.isArray(v2.rules))
  truth('peers', Array.isArray(await as.alice.v1.instance.peers.list()))
  truth('activity', Array.isArray(await as.alice.v1.instance.activity.list()))
  truth('emojis', Array.isArray(await as.alice.v1.customEmojis.list()))
  truth('announcements', Array.isArray(await as.alice.v1.announcements.list()))
  const preferences = await as.alice.v1.preferences.fetch()
  equal('default visibility', preferences['posting:default:visibility'], 'public')
  equal('default sensitive', preferences['posting:default:sensitive'], false)

  step('alice changes her profile and how she posts')
  const changed = await as.alice.v1.accounts.updateCredentials({
    displayName: 'Alice A.', note: 'Likes #birds', fieldsAttributes: [{ name: 'Bird', value: 'wren' }], source: { language: 'de', privacy: 'unlisted' },
  })
  equal('display_name', changed.displayName, 'Alice A.')
  equal('source.note', changed.source.note, 'Likes #birds')
  holds('note', changed.note, '/tags/birds')
  equal('field', [changed.fields[0].name, changed.fields[0].value], ['Bird', 'wren'])
  const after = await as.alice.v1.preferences.fetch()
  equal('defaults', [after['posting:default:visibility'], after['posting:default:language']], ['unlisted', 'de'])
  const quiet = await as.alice.v1.statuses.create({ status: 'as always' })
  equal('as she prefers', [quiet.visibility, quiet.language], ['unlisted', 'de'])
  await as.alice.v1.accounts.updateCredentials({ source: { language: 'en', privacy: 'public' } })
}

async function follow() {
  step('alice and bob follow each other, carol follows dora')
  for (const [who, whom] of [['alice', 'bob'], ['bob', 'alice'], ['carol', 'dora']]) {
    const r = await as[who].v1.accounts.$select(me[whom].id).follow({ notify: false })
    equal('relationship', [r.following, r.requested, r.showingReblogs, r.notifying], [true, false, true, false])
  }
  const rs = await as.alice.v1.accounts.relationships.fetch({ id: [me.bob.id, me.carol.id] })
  equal('relationships', rs.map((r) => [r.id, r.following, r.followedBy]), [[me.bob.id, true, true], [me.carol.id, false, false]])
  equal('followers', names(await as.bob.v1.accounts.$select(me.alice.id).followers.list()), ['bob'])
  equal('following', names(await as.bob.v1.accounts.$select(me.alice.id).following.list()), ['bob'])

  step('bob wants to hear of every post of alice, but of none of her boosts, and only in English')
  const bell = await as.bob.v1.accounts.$select(me.alice.id).follow({ notify: true, reblogs: false, languages: ['en'] })
  equal('relationship', [bell.notifying, bell.showingReblogs, bell.languages], [true, false, ['en']])
  await as.bob.v1.accounts.$select(me.alice.id).unfollow()
  await as.bob.v1.accounts.$select(me.alice.id).follow()

  step('dora locks her account: bob asks, is refused, asks again and is let in')
  truth('locked', (await as.dora.v1.accounts.updateCredentials({ locked: true })).locked)
  for (const answer of ['reject', 'authorize']) {
    const r = await as.bob.v1.accounts.$select(me.dora.id).follow()
    equal('relationship', [r.following, r.requested], [false, true])
    equal('requests', names(await as.dora.v1.followRequests.list()), ['bob'])
    const answered = await as.dora.v1.followRequests.$select(me.bob.id)[answer]()
    equal('followed_by', answered.followedBy, answer === 'authorize')
  }
  step('dora lets bob go, and unlocks')
  await as.dora.v1.accounts.$select(me.bob.id).removeFromFollowers()
  const [r] = await as.bob.v1.accounts.relationships.fetch({ id: [me.dora.id] })
  equal('following', r.following, false)
  await as.dora.v1.accounts.updateCredentials({ locked: false })

  step('alice notes something about bob, and puts him forward')
  equal('note', (await as.alice.v1.accounts.$select(me.bob.id).note.create({ comment: 'owes me a book' })).note, 'owes me a book')
  truth('endorsed', (await as.alice.v1.accounts.$select(me.bob.id).pin()).endorsed)
  equal('endorsements', names(await as.alice.v1.endorsements.list()), ['bob'])
  equal('endorsed', (await as.alice.v1.accounts.$select(me.bob.id).unpin()).endorsed, false)

  step('alice follows and features a tag')
  truth('following', (await as.alice.v1.tags.$select('wrens').follow()).following)
  equal('followed tags', (await as.alice.v1.followedTags.list()).map((t) => t.name), ['wrens'])
  const seen = await as.carol.v1.statuses.create({ status: 'two #wrens' })
  equal('home', ids(await as.alice.v1.timelines.home.list({ limit: 1 })), [seen.id])
  equal('following', (await as.alice.v1.tags.$select('wrens').unfollow()).following, false)
  const featured = await as.alice.v1.featuredTags.create({ name: 'birds' })
  equal('featured', featured.name, 'birds')
  equal('featured tags', (await as.carol.v1.accounts.$select(me.alice.id).featuredTags.list()).map((t) => t.name), ['birds'])
  await as.alice.v1.featuredTags.$select(featured.id).remove()
}

async function post() {
  step('alice posts for everybody, with a tag and a mention')
  const st = await as.alice.v1.statuses.create({ status: 'Guten Morgen @bob #Birds https://example.org/wren', language: 'de', visibility: 'public' })
  equal('status', [st.visibility, st.language, st.sensitive, st.spoilerText, st.inReplyToId, st.poll, st.quote], ['public', 'de', false, '', null, null, null])
  equal('tags', st.tags.map((t) => t.name.toLowerCase()), ['birds'])
  equal('mentions', st.mentions.map((m) => m.id), [me.bob.id])
  equal('application', st.application?.name, 'masto.js')
  holds('content', st.content, 'href="https://example.org/wren"')
  truth('created now', Math.abs(Date.now() - Date.parse(st.createdAt)) < 60_000)

  step('alice posts for fewer and fewer people')
  for (const [visibility, carolToo] of [['public', true], ['unlisted', true], ['private', false], ['direct', false]]) {
    const st = await as.alice.v1.statuses.create({ status: `@bob only ${visibility}`, visibility })
    equal('visibility', st.visibility, visibility)
    equal('bob reads', (await as.bob.v1.statuses.$select(st.id).fetch()).content, st.content)
    if (carolToo) equal('carol reads', (await as.carol.v1.statuses.$select(st.id).fetch()).content, st.content)
    else await no(as.carol.v1.statuses.$select(st.id).fetch(), 404)
    const anyone = createRestAPIClient({ url: server })
    if (carolToo) equal('anybody reads', (await anyone.v1.statuses.$select(st.id).fetch()).content, st.content)
    else await no(anyone.v1.statuses.$select(st.id).fetch(), 404)
  }

  step('alice warns of what she writes')
  const warned = await as.alice.v1.statuses.create({ status: 'it was the butler', spoilerText: 'end of a film', sensitive: true })
  equal('warning', [warned.spoilerText, warned.sensitive], ['end of a film', true])

  step('bob replies, and the thread shows it')
  const root = await as.alice.v1.statuses.create({ status: 'who is there?' })
  const reply = await as.bob.v1.statuses.create({ status: '@alice me', inReplyToId: root.id })
  equal('reply', [reply.inReplyToId, reply.inReplyToAccountId], [root.id, me.alice.id])
  const below = await as.alice.v1.statuses.$select(root.id).context.fetch()
  equal('thread', [ids(below.ancestors), ids(below.descendants)], [[], [reply.id]])
  const above = await as.alice.v1.statuses.$select(reply.id).context.fetch()
  equal('thread from below', [ids(above.ancestors), ids(above.descendants)], [[root.id], []])
  const several = await as.alice.v1.statuses.fetch({ id: [root.id, reply.id] })
  equal('several at once', ids(several).sort(), [root.id, reply.id].sort())
  equal('replies', several.find((s) => s.id === root.id).repliesCount, 1)

  step('a retried post is posted once')
  const key = { requestInit: { headers: { 'Idempotency-Key': 'once and only once' } } }
  const first = await as.alice.v1.statuses.create({ status: 'only once' }, key)
  const again = await as.alice.v1.statuses.create({ status: 'only once' }, key)
  equal('id', again.id, first.id)
  const mine = await as.alice.v1.accounts.$select(me.alice.id).statuses.list({ limit: 2 })
  equal('posted once', mine.filter((s) => s.content.includes('only once')).length, 1)

  step('nobody posts nothing')
  await no(as.alice.v1.statuses.create({ status: '' }), 422)
  await no(as.alice.v1.statuses.create({ status: 'x'.repeat(100_000) }), 422)
}

async function schedule() {
  step('alice writes a post for tomorrow, moves it and calls it off')
  const at = new Date(Date.now() + day)
  const later = await as.alice.v1.statuses.create({
    status: 'good morning', scheduledAt: at.toISOString(), visibility: 'unlisted', spoilerText: 'early', language: 'de',
    poll: { options: ['up', 'asleep'], expiresIn: 600 },
  })
  equal('at', Date.parse(later.scheduledAt), at.getTime())
  equal('params', [later.params.text, later.params.visibility, later.params.spoilerText, later.params.language], ['good morning', 'unlisted', 'early', 'de'])
  equal('poll', [later.params.poll.options, Number(later.params.poll.expiresIn)], [['up', 'asleep'], 600])
  equal('waiting', ids(await as.alice.v1.scheduledStatuses.list()), [later.id])
  await no(as.bob.v1.scheduledStatuses.$select(later.id).fetch(), 404)
  const moved = await as.alice.v1.scheduledStatuses.$select(later.id).update({ scheduledAt: new Date(at.getTime() + day).toISOString() })
  equal('moved', Date.parse(moved.scheduledAt), at.getTime() + day)
  await no(as.alice.v1.scheduledStatuses.$select(later.id).update({ scheduledAt: new Date(Date.now() + 10_000).toISOString() }), 422)
  await as.alice.v1.scheduledStatuses.$select(later.id).remove()
  equal('waiting', await as.alice.v1.scheduledStatuses.list(), [])
}

async function quote() {
  step('bob quotes alice, who allows it')
  const st = await as.alice.v1.statuses.create({ status: 'quote me', quoteApprovalPolicy: 'public' })
  equal('policy', [st.quoteApproval.automatic, st.quoteApproval.currentUser], [['public'], 'automatic'])
  const q = await as.bob.v1.statuses.create({ status: 'well said', quotedStatusId: st.id })
  equal('quote', [q.quote.state, q.quote.quotedStatus.id], ['accepted', st.id])
  const quoted = await as.alice.v1.statuses.$select(st.id).fetch()
  equal('quotes', quoted.quotesCount, 1)
  equal('quotes of it', ids(await as.alice.v1.statuses.$select(st.id).quotes.list()), [q.id])
  const [n] = await as.alice.v1.notifications.list({ limit: 1 })
  equal('alice is told', [n.type, n.status.id], ['quote', q.id])

  step('alice takes it back')
  // masto.js has no name for it yet, but its proxy makes one of any: POST …/quotes/:id/revoke
  await as.alice.v1.statuses.$select(st.id).quotes.$select(q.id).revoke()
  const revoked = await as.bob.v1.statuses.$select(q.id).fetch()
  equal('state', [revoked.quote.state, revoked.quote.quotedStatus], ['revoked', null])

  step('alice lets nobody quote')
  const shy = await as.alice.v1.statuses.create({ status: 'do not quote me', quoteApprovalPolicy: 'nobody' })
  equal('policy', [shy.quoteApproval.automatic, shy.quoteApproval.manual], [[], []])
  equal('for bob', (await as.bob.v1.statuses.$select(shy.id).fetch()).quoteApproval.currentUser, 'denied')
  await no(as.bob.v1.statuses.create({ status: 'but I do', quotedStatusId: shy.id }), 404)
}

async function edit() {
  step('alice edits a post: its history and source tell')
  const st = await as.alice.v1.statuses.create({ status: 'the frist version', language: 'en' })
  equal('edited', st.editedAt, null)
  const edited = await as.alice.v1.statuses.$select(st.id).update({ status: 'the *first* version', spoilerText: 'typos', sensitive: true, language: 'de' })
  equal('edited', [edited.id, edited.spoilerText, edited.sensitive, edited.language], [st.id, 'typos', true, 'de'])
  truth('edited', Math.abs(Date.now() - Date.parse(edited.editedAt)) < 60_000)
  const history = await as.bob.v1.statuses.$select(st.id).history.list()
  equal('history', history.map((h) => [h.content.includes('frist'), h.spoilerText, h.sensitive, h.account.acct]), [[true, '', false, 'alice'], [false, 'typos', true, 'alice']])
  const source = await as.alice.v1.statuses.$select(st.id).source.fetch()
  equal('source', [source.id, source.text, source.spoilerText], [st.id, 'the *first* version', 'typos'])
  await no(as.bob.v1.statuses.$select(st.id).update({ status: 'bob was here' }), 404)

  step('alice deletes it and gets her text back to write it anew')
  const draft = await as.alice.v1.statuses.$select(st.id).remove()
  equal('text', draft.text, 'the *first* version')
  equal('warning', draft.spoilerText, 'typos')
  await no(as.bob.v1.statuses.$select(st.id).fetch(), 404)
}

async function interact() {
  step('bob boosts, favourites and bookmarks a post')
  const st = await as.alice.v1.statuses.create({ status: 'a wren in the hedge' })
  const boost = await as.bob.v1.statuses.$select(st.id).reblog({ visibility: 'unlisted' })
  equal('boost', [boost.reblog.id, boost.account.acct, boost.visibility, boost.reblog.reblogged], [st.id, 'bob', 'unlisted', true])
  equal('favourited', (await as.bob.v1.statuses.$select(st.id).favourite()).favourited, true)
  equal('bookmarked', (await as.bob.v1.statuses.$select(st.id).bookmark()).bookmarked, true)
  const seen = await as.alice.v1.statuses.$select(st.id).fetch()
  equal('alice sees', [seen.reblogsCount, seen.favouritesCount, seen.reblogged, seen.favourited, seen.bookmarked], [1, 1, false, false, false])
  equal('reblogged by', names(await as.alice.v1.statuses.$select(st.id).rebloggedBy.list()), ['bob'])
  equal('favourited by', names(await as.alice.v1.statuses.$select(st.id).favouritedBy.list()), ['bob'])
  equal('bookmarks', ids(await as.bob.v1.bookmarks.list()), [st.id])
  equal('favourites', ids(await as.bob.v1.favourites.list()), [st.id])

  step('bob takes it all back')
  const undone = await as.bob.v1.statuses.$select(st.id).unreblog()
  equal('boost', [undone.id, undone.reblogged, undone.reblogsCount], [st.id, false, 0])
  equal('favourite', (await as.bob.v1.statuses.$select(st.id).unfavourite()).favourited, false)
  equal('bookmark', (await as.bob.v1.statuses.$select(st.id).unbookmark()).bookmarked, false)
  equal('bookmarks', await as.bob.v1.bookmarks.list(), [])

  step('alice pins it to her profile, and mutes its thread')
  equal('pinned', (await as.alice.v1.statuses.$select(st.id).pin()).pinned, true)
  equal('profile', ids(await as.carol.v1.accounts.$select(me.alice.id).statuses.list({ pinned: true })), [st.id])
  await no(as.bob.v1.statuses.$select(st.id).pin(), 422)
  equal('unpinned', (await as.alice.v1.statuses.$select(st.id).unpin()).pinned, false)
  equal('muted', (await as.alice.v1.statuses.$select(st.id).mute()).muted, true)
  equal('unmuted', (await as.alice.v1.statuses.$select(st.id).unmute()).muted, false)

  step('alice boosts a private post of her own')
  const secret = await as.alice.v1.statuses.create({ status: 'for friends', visibility: 'private' })
  equal('visibility', (await as.alice.v1.statuses.$select(secret.id).reblog()).visibility, 'private')
  await no(as.bob.v1.statuses.$select(secret.id).reblog(), 403)
}

async function vote() {
  step('alice asks, bob and carol vote')
  const st = await as.alice.v1.statuses.create({ status: 'which birds?', poll: { options: ['wren', 'robin', 'tit'], expiresIn: 3600, multiple: true, hideTotals: true } })
  equal('poll', [st.poll.multiple, st.poll.expired, st.poll.voted, st.poll.ownVotes], [true, false, true, []]) // one's own poll counts as voted
  equal('hidden', st.poll.options.map((o) => [o.title, o.votesCount]), [['wren', null], ['robin', null], ['tit', null]])
  truth('an hour', Math.abs(Date.parse(st.poll.expiresAt) - Date.now() - 3600_000) < 60_000)
  const poll = (who) => as[who].v1.polls.$select(st.poll.id)
  const voted = await poll('bob').votes.create({ choices: [0, 2] })
  equal('bob', [voted.voted, voted.ownVotes, voted.votersCount, voted.votesCount], [true, [0, 2], 1, 2])
  await poll('carol').votes.create({ choices: [2] })
  equal('voters', (await poll('alice').fetch()).votersCount, 2)
  holds('twice', await no(poll('bob').votes.create({ choices: [2] }), 422), 'already voted')
  const more = await poll('bob').votes.create({ choices: [1] }) // where several may be chosen, one more may be
  equal('once more', [more.ownVotes.sort(), more.votersCount, more.votesCount], [[0, 1, 2], 2, 4])
  await no(poll('dora').votes.create({ choices: [7] }), 422)

  step('alice changes the choices, and the votes are gone')
  const changed = await as.alice.v1.statuses.$select(st.id).update({ status: 'which bird?', poll: { options: ['wren', 'owl'], expiresIn: 7200 } })
  equal('options', changed.poll.options.map((o) => [o.title, o.votesCount]), [['wren', 0], ['owl', 0]])
  equal('bob may vote anew', (await poll('bob').votes.create({ choices: [1] })).ownVotes, [1])
}

async function keepLists() {
  step('alice keeps a list with bob in it')
  const list = await as.alice.v1.lists.create({ title: 'neighbours', repliesPolicy: 'none', exclusive: true })
  equal('list', [list.title, list.repliesPolicy, list.exclusive], ['neighbours', 'none', true])
  const mine = as.alice.v1.lists.$select(list.id)
  await mine.accounts.create({ accountIds: [me.bob.id] })
  await no(mine.accounts.create({ accountIds: [me.carol.id] }), 422) // whom she does not follow
  equal('members', names(await mine.accounts.list()), ['bob'])
  equal('lists of bob', ids(await as.alice.v1.accounts.$select(me.bob.id).lists.list()), [list.id])
  const st = await as.bob.v1.statuses.create({ status: 'seen in a list alone' })
  equal('list timeline', ids(await as.alice.v1.timelines.list.$select(list.id).list({ limit: 1 })), [st.id])
  truth('not at home', !ids(await as.alice.v1.timelines.home.list()).includes(st.id))
  const renamed = await mine.update({ title: 'friends', repliesPolicy: 'list', exclusive: false })
  equal('list', [renamed.title, renamed.repliesPolicy, renamed.exclusive], ['friends', 'list', false])
  equal('again', (await mine.fetch()).title, 'friends')
  await no(as.bob.v1.lists.$select(list.id).fetch(), 404)

  step('alice empties and deletes it')
  await mine.accounts.remove({ accountIds: [me.bob.id] })
  equal('members', await mine.accounts.list(), [])
  await mine.remove()
  equal('lists', await as.alice.v1.lists.list(), [])
}

async function filter() {
  step('bob filters spiders, and is told why a post is hidden')
  const f = await as.bob.v2.filters.create({
    title: 'eight legs', context: ['home', 'public'], filterAction: 'warn', expiresIn: 3600,
    keywordsAttributes: [{ keyword: 'spider', wholeWord: true }, { keyword: 'tarantul', wholeWord: false }],
  })
  equal('filter', [f.title, f.context, f.filterAction, f.statuses], ['eight legs', ['home', 'public'], 'warn', []])
  equal('keywords', f.keywords.map((k) => [k.keyword, k.wholeWord]), [['spider', true], ['tarantul', false]])
  truth('an hour', Math.abs(Date.parse(f.expiresAt) - Date.now() - 3600_000) < 60_000)
  const st = await as.alice.v1.statuses.create({ status: 'a spider and a tarantula' })
  const other = await as.alice.v1.statuses.create({ status: 'spiderwebs' })
  let [newer, older] = await as.bob.v1.timelines.home.list({ limit: 2 })
  equal('order', [newer.id, older.id], [other.id, st.id])
  equal('spiderwebs are not spiders', newer.filtered, [])
  equal('why', older.filtered.map((r) => [r.filter.title, r.keywordMatches, r.statusMatches]), [['eight legs', ['spider'], null]])

  step('bob changes it: a keyword more, one fewer, and one post by name')
  const mine = as.bob.v2.filters.$select(f.id)
  const changed = await mine.update({
    title: 'legs', context: ['home', 'thread'], filterAction: 'hide',
    keywordsAttributes: [{ id: f.keywords[1].id, _destroy: true }, { keyword: 'wasp' }],
  })
  equal('filter', [changed.title, changed.context, changed.filterAction], ['legs', ['home', 'thread'], 'hide'])
  equal('keywords', changed.keywords.map((k) => k.keyword).sort(), ['spider', 'wasp'])
  const added = await mine.keywords.create({ keyword: 'hornet', wholeWord: true })
  equal('keywords', (await mine.keywords.list()).length, 3)
  const louder = await as.bob.v2.filters.keywords.$select(added.id).update({ keyword: 'hornets', wholeWord: false })
  equal('keyword', [louder.keyword, louder.wholeWord], ['hornets', false])
  await as.bob.v2.filters.keywords.$select(added.id).remove()
  const named = await mine.statuses.create({ statusId: other.id })
  equal('status', named.statusId, other.id)
  equal('statuses', ids(await mine.statuses.list()), [named.id])
  const shown = await as.bob.v1.statuses.$select(other.id).fetch()
  equal('why', shown.filtered.map((r) => r.statusMatches), [[other.id]])
  await as.bob.v2.filters.statuses.$select(named.id).remove()

  step('bob sees it in the old way, and deletes it')
  const old = await as.bob.v1.filters.list()
  equal('phrases', old.map((o) => o.phrase).sort(), ['spider', 'wasp'])
  await mine.remove()
  equal('filters', await as.bob.v2.filters.list(), [])
  const v1 = await as.bob.v1.filters.create({ phrase: 'slug', context: ['thread'], wholeWord: true, irreversible: false })
  equal('old filter', [v1.phrase, v1.context, v1.wholeWord, v1.irreversible, v1.expiresAt], ['slug', ['thread'], true, false, null])
  await as.bob.v1.filters.$select(v1.id).remove()
  equal('filters', await as.bob.v1.filters.list(), [])
}

async function search() {
  step('alice searches people, tags and her own words')
  const st = await as.alice.v1.statuses.create({ status: 'the quick brown dunnock #Hedgerow' })
  equal('people', names((await as.alice.v2.search.list({ q: 'bob', type: 'accounts' })).accounts), ['bob'])
  equal('tags', (await as.alice.v2.search.list({ q: '#hedgero', type: 'hashtags' })).hashtags.map((t) => t.name.toLowerCase()), ['hedgerow'])
  const found = await as.alice.v2.search.list({ q: 'brown dunnock', type: 'statuses' })
  equal('words', [ids(found.statuses), found.accounts, found.hashtags], [[st.id], [], []])
  equal('from', ids((await as.alice.v2.search.list({ q: 'dunnock from:alice', type: 'statuses' })).statuses), [st.id])
  equal('not from', (await as.alice.v2.search.list({ q: 'dunnock from:bob', type: 'statuses' })).statuses, [])
  equal('by address', ids((await as.alice.v2.search.list({ q: st.url, resolve: true })).statuses), [st.id])
  equal('page', (await as.alice.v2.search.list({ q: 'dunnock', type: 'statuses', offset: 1, limit: 5 })).statuses, [])
  step('a stranger does not find what is not hers to search, until she has a share in it')
  equal('stranger', (await as.carol.v2.search.list({ q: 'brown dunnock' })).statuses, [])
  await as.carol.v1.statuses.$select(st.id).bookmark()
  equal('with a bookmark', ids((await as.carol.v2.search.list({ q: 'brown dunnock' })).statuses), [st.id])
  await as.carol.v1.statuses.$select(st.id).unbookmark()
  equal('account search', names(await as.alice.v1.accounts.search.list({ q: 'caro', limit: 5 })), ['carol'])
  equal('only followed', names(await as.alice.v1.accounts.search.list({ q: 'caro', following: true })), [])
  equal('lookup', (await as.alice.v1.accounts.lookup({ acct: 'carol' })).id, me.carol.id)
}

async function notifications() {
  step('alice is told of what happened, newest first')
  await as.alice.v1.notifications.clear()
  const st = await as.alice.v1.statuses.create({ status: 'tell me' })
  for (const name of ['bob', 'carol', 'dora']) await as[name].v1.statuses.$select(st.id).favourite()
  await as.bob.v1.statuses.$select(st.id).reblog()
  const hello = await as.bob.v1.statuses.create({ status: '@alice hello' })
  const all = await as.alice.v1.notifications.list()
  equal('types', all.map((n) => [n.type, n.account.acct]), [['mention', 'bob'], ['reblog', 'bob'], ['favourite', 'dora'], ['favourite', 'carol'], ['favourite', 'bob']])
  equal('about', all.map((n) => n.status.id), [hello.id, st.id, st.id, st.id, st.id])
  equal('mentions alone', (await as.alice.v1.notifications.list({ types: ['mention'] })).length, 1)
  equal('without favourites', (await as.alice.v1.notifications.list({ excludeTypes: ['favourite'] })).length, 2)
  equal("carol's", (await as.alice.v1.notifications.list({ accountId: me.carol.id })).length, 1)
  equal('unread', (await as.alice.v1.notifications.unreadCount.fetch()).count, 5)

  step('grouped, three favourites are one')
  const grouped = await as.alice.v2.notifications.list({ groupedTypes: ['favourite', 'reblog', 'follow'] })
  equal('groups', grouped.notificationGroups.map((g) => [g.type, g.notificationsCount]), [['mention', 1], ['reblog', 1], ['favourite', 3]])
  const favourites = grouped.notificationGroups[2]
  equal('sample', favourites.sampleAccountIds, [me.dora.id, me.carol.id, me.bob.id])
  equal('status', [favourites.statusId, favourites.mostRecentNotificationId], [st.id, all[2].id])
  equal('accounts', names(grouped.accounts), ['bob', 'carol', 'dora'])
  equal('statuses', ids(grouped.statuses).sort(), [st.id, hello.id].sort())
  equal('unread groups', (await as.alice.v2.notifications.unreadCount.fetch({ groupedTypes: ['favourite'] })).count, 3)
  const one = await as.alice.v2.notifications.$select(favourites.groupKey).fetch()
  equal('one group', one.notificationGroups.map((g) => g.groupKey), [favourites.groupKey])
  equal('who', names(await as.alice.v2.notifications.$select(favourites.groupKey).accounts.fetch()), ['bob', 'carol', 'dora'])
  await as.alice.v2.notifications.$select(favourites.groupKey).dismiss()
  equal('left', (await as.alice.v1.notifications.list()).map((n) => n.type), ['mention', 'reblog'])

  step('alice marks how far she has read')
  const [newest] = await as.alice.v1.notifications.list({ limit: 1 })
  const marked = await as.alice.v1.markers.create({ notifications: { lastReadId: newest.id }, home: { lastReadId: st.id } })
  equal('markers', [marked.notifications.lastReadId, marked.home.lastReadId], [newest.id, st.id])
  const markers = await as.alice.v1.markers.fetch({ timeline: ['home', 'notifications'] })
  equal('markers', [markers.home.lastReadId, markers.notifications.lastReadId], [st.id, newest.id])
  truth('version', Number.isInteger(markers.home.version))
  equal('unread', (await as.alice.v1.notifications.unreadCount.fetch()).count, 0)

  step('alice dismisses one, then all')
  const gone = as.alice.v1.notifications.$select(newest.id)
  equal('one', (await gone.fetch()).id, newest.id)
  await gone.dismiss()
  await no(gone.fetch(), 404)
  await as.alice.v1.notifications.clear()
  equal('notifications', await as.alice.v1.notifications.list(), [])

  step('alice wants strangers to knock first')
  const policy = await as.alice.v2.notifications.policy.update({ forNotFollowing: 'filter' })
  equal('policy', [policy.forNotFollowing, policy.forNewAccounts], ['filter', 'accept'])
  const knock = await as.carol.v1.statuses.create({ status: '@alice knock knock' })
  equal('not told', await as.alice.v1.notifications.list(), [])
  const [request] = await as.alice.v1.notifications.requests.list()
  equal('request', [request.account.acct, request.notificationsCount, request.lastStatus.id], ['carol', '1', knock.id])
  equal('pending', (await as.alice.v2.notifications.policy.fetch()).summary, { pendingRequestsCount: 1, pendingNotificationsCount: 1 })
  await as.alice.v1.notifications.requests.$select(request.id).accept()
  await as.alice.v2.notifications.policy.update({ forNotFollowing: 'accept' })
  equal('requests', await as.alice.v1.notifications.requests.list(), [])
}

async function converse() {
  step('bob writes to alice alone')
  const st = await as.bob.v1.statuses.create({ status: '@alice between us', visibility: 'direct' })
  const [c] = await as.alice.v1.conversations.list({ limit: 1 })
  equal('conversation', [c.unread, c.lastStatus.id, names(c.accounts)], [true, st.id, ['bob']])
  const mine = as.alice.v1.conversations.$select(c.id)
  equal('read', (await mine.read()).unread, false)
  equal('unread', (await mine.unread()).unread, true)
  await mine.remove()
  truth('gone', !ids(await as.alice.v1.conversations.list()).includes(c.id))
}

async function fallOut() {
  step('bob mutes carol for an hour')
  const carol = as.bob.v1.accounts.$select(me.carol.id)
  const muting = await carol.mute({ notifications: false, duration: 3600 })
  equal('muting', [muting.muting, muting.mutingNotifications], [true, false])
  const [muted] = await as.bob.v1.mutes.list()
  equal('mutes', muted.acct, 'carol')
  truth('an hour', Math.abs(Date.parse(muted.muteExpiresAt) - Date.now() - 3600_000) < 60_000)
  equal('muting', (await carol.unmute()).muting, false)

  step('bob blocks carol, who sees his posts no longer')
  const st = await as.bob.v1.statuses.create({ status: 'not for carol' })
  const blocking = await carol.block()
  equal('blocking', [blocking.blocking, blocking.following], [true, false])
  equal('blocks', names(await as.bob.v1.blocks.list()), ['carol'])
  await no(as.carol.v1.statuses.$select(st.id).fetch(), 404)
  await no(as.carol.v1.accounts.$select(me.bob.id).follow(), 403)
  const [seen] = await as.carol.v1.accounts.relationships.fetch({ id: [me.bob.id] })
  equal('blocked_by', seen.blockedBy, true)
  equal('blocking', (await carol.unblock()).blocking, false)

  step('bob blocks a whole domain')
  await as.bob.v1.domainBlocks.create({ domain: 'spam.example' })
  equal('domains', await as.bob.v1.domainBlocks.list(), ['spam.example'])
  await as.bob.v1.domainBlocks.remove({ domain: 'spam.example' })
  equal('domains', await as.bob.v1.domainBlocks.list(), [])

  step('alice unfollows bob')
  equal('following', (await as.alice.v1.accounts.$select(me.bob.id).unfollow()).following, false)
}

async function readToTheEnd() {
  step(`dora writes ${many} posts`)
  const wrote = []
  for (let i = 1; i <= many; i++) wrote.unshift((await as.dora.v1.statuses.create({ status: `verse ${i} #saga` })).id)
  const places = {
    "carol's home": (params) => as.carol.v1.timelines.home.list(params),
    'the tag': (params) => as.carol.v1.timelines.tag.$select('saga').list(params),
    "dora's profile": (params) => as.carol.v1.accounts.$select(me.dora.id).statuses.list(params),
  }
  for (const [place, list] of Object.entries(places)) {
    for (const limit of [40, 20]) {
      step(`carol reads ${place} down to its end, ${limit} at a time`)
      const got = []
      for await (const page of list({ limit })) {
        truth('a page is not longer than asked', page.length <= limit)
        got.push(...doras(page))
      }
      equal('posts', got, wrote)
      step(`and up again from its beginning, ${limit} at a time`)
      const back = []
      for await (const page of list({ limit, minId: '0' }).setDirection('prev')) {
        if (page.length === 0) break // there may always be more above: the prev link does not end
        back.unshift(...doras(page))
      }
      equal('posts', back, wrote)
    }
  }
  step('carol asks what is new since the tenth newest')
  equal('newest', ids(await as.carol.v1.timelines.home.list({ sinceId: wrote[10], limit: 4 })), wrote.slice(0, 4))
  step('alice reads what carol bookmarked in the order of bookmarking')
  for (const id of [wrote[7], wrote[1], wrote[100]]) await as.carol.v1.statuses.$select(id).bookmark()
  const pages = []
  for await (const page of as.carol.v1.bookmarks.list({ limit: 1 })) pages.push(...ids(page))
  equal('bookmarks', pages, [wrote[100], wrote[1], wrote[7]])
}

// heard waits for an event, and posts again while the app may not be listening yet.
async function heard(events, what, is, again) {
  const impatient = again && setInterval(again, 1000)
  try {
    for (;;) {
      const { value, done } = await events.next()
      if (done) throw new Error(`${what}: the stream ended`)
      if (is(value)) return value
    }
  } finally {
    clearInterval(impatient)
  }
}

async function listen() {
  step('carol leaves the app open and hears what dora does')
  const v2 = await as.carol.v2.instance.fetch()
  const streaming = createStreamingAPIClient({ streamingApiUrl: v2.configuration.urls.streaming, accessToken: me.carol.token })
  const home = streaming.user.subscribe()
  const tag = streaming.hashtag.subscribe({ tag: 'radio' })
  const events = home.values(), tagged = tag.values()
  const call = () => as.dora.v1.statuses.create({ status: 'does anybody hear me?' })
  call()
  await heard(events, 'a post', (e) => e.event === 'update' && e.payload.account.acct === 'dora', call)
  const tune = () => as.dora.v1.statuses.create({ status: 'a tune #radio' })
  tune()
  const heardTag = await heard(tagged, 'a tag', (e) => e.event === 'update', tune)
  equal('stream', heardTag.stream, ['hashtag', 'radio'])
  holds('the tune', heardTag.payload.content, 'a tune')
  step('edits, deletions and notifications come the same way')
  const post = await as.dora.v1.statuses.create({ status: '@carol on air' })
  const told = await heard(events, 'a notification', (e) => e.event === 'notification')
  equal('notification', [told.payload.type, told.payload.status.id], ['mention', post.id])
  await as.dora.v1.statuses.$select(post.id).update({ status: '@carol off air' })
  holds('the edit', (await heard(events, 'an edit', (e) => e.event === 'status.update' && e.payload.id === post.id)).payload.content, 'off air')
  await as.dora.v1.statuses.$select(post.id).remove()
  await heard(events, 'a deletion', (e) => e.event === 'delete' && e.payload === post.id)
  home.unsubscribe()
  tag.unsubscribe()
  streaming.close()
}

async function leave() {
  step('alice signs out')
  const oauth = createOAuthAPIClient({ url: server })
  await oauth.revoke({ clientId: apps.codes.clientId, clientSecret: apps.codes.clientSecret, token: me.alice.token })
  await no(as.alice.v1.accounts.verifyCredentials(), 401)
}

await tell(signIn, lookAround, follow, post, schedule, quote, edit, interact, vote, keepLists, filter, search, notifications, converse, fallOut, readToTheEnd, listen, leave)

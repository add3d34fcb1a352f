// A day on a server with megalodon, the library of several clients: what it has a method for, streams, media and
// push apart.
import axios from 'axios'
import generator from 'megalodon'
import { ask, callback, day, equal, holds, many, outOfBand, refused, server, step, tell, truth } from '../day.mjs'

const me = {} // people's accounts, by name
const as = {} // their clients
const tokens = {}
let app

// no wants a refusal, in Mastodon's shape of an error.
const no = (call, status) => refused(call, status, (e) => (e.response ? [e.response.status, e.response.data?.error] : []))
const data = async (call) => (await call).data
const ids = (list) => list.map((x) => x.id)
const doras = (list) => ids(list.filter((s) => s.account.acct === 'dora')) // carol's home has words of her own
const names = (list) => list.map((a) => a.acct).sort()

// megalodon has no parameter for the idempotency key; those who need one hand it an axios of their own.
let key
const http = axios.create()
http.interceptors.request.use((request) => {
  if (key) request.headers.set('Idempotency-Key', key)
  return request
})

async function signIn() {
  step('an app registers')
  const anyone = generator('mastodon', server)
  const scopes = ['read', 'write', 'follow']
  app = await anyone.registerApp('megalodon', { scopes, website: 'https://app.example' })
  equal('app', [app.name, app.redirect_uri], ['megalodon', outOfBand])
  step('alice, carol and dora copy a code')
  for (const name of ['alice', 'carol', 'dora']) await enter(anyone, app, name, outOfBand)
  step("bob's app has an address of its own")
  const web = await anyone.registerApp('megalodon on the web', { scopes, redirect_uris: callback })
  equal('app', [web.redirect_uri], [callback])
  await enter(anyone, web, 'bob', callback)
  const verified = await data(as.bob.verifyAppCredentials())
  equal('app', verified.name, 'megalodon on the web')
  step('a wrong secret and a wrong code are worth nothing')
  const code = await ask('bob', web.url)
  await no(anyone.fetchAccessToken(web.client_id, 'a guess', code, callback), 401)
  await no(anyone.fetchAccessToken(web.client_id, web.client_secret, 'a guess', callback), 400)
}

async function enter(anyone, app, name, redirect) {
  const code = await ask(name, app.url)
  const token = await anyone.fetchAccessToken(app.client_id, app.client_secret, code, redirect)
  equal('token', [token.token_type, token.scope], ['Bearer', 'read write follow'])
  tokens[name] = token.access_token
  as[name] = generator('mastodon', server, token.access_token, null, http)
  me[name] = await data(as[name].verifyAccountCredentials())
  equal('username', me[name].username, name)
}

async function lookAround() {
  step('alice looks at the server')
  const instance = await data(as.alice.getInstance())
  equal('uri', instance.uri, new URL(server).host)
  truth('longest post', instance.configuration.statuses.max_characters >= 500)
  truth('emojis', Array.isArray(await data(as.alice.getInstanceCustomEmojis())))
  truth('announcements', Array.isArray(await data(as.alice.getInstanceAnnouncements())))
  equal('default visibility', (await data(as.alice.getPreferences()))['posting:default:visibility'], 'public')
  step('alice changes her profile and what she prefers')
  const changed = await data(as.alice.updateCredentials({
    display_name: 'Alice A.', note: 'Likes #birds', source: { language: 'de', sensitive: true }, fields_attributes: [{ name: 'Bird', value: 'wren' }],
  }))
  equal('profile', [changed.display_name, changed.source.note, changed.source.language, changed.fields[0].value], ['Alice A.', 'Likes #birds', 'de', 'wren'])
  equal('default sensitive', (await data(as.alice.getPreferences()))['posting:default:sensitive'], true)
  await as.alice.updateCredentials({ source: { language: 'en', sensitive: false } })
}

async function follow() {
  step('alice and bob follow each other, carol follows dora')
  for (const [who, whom] of [['alice', 'bob'], ['bob', 'alice'], ['carol', 'dora']]) {
    const r = await data(as[who].followAccount(me[whom].id))
    equal('relationship', [r.following, r.requested], [true, false])
  }
  const [r] = await data(as.alice.getRelationships([me.bob.id]))
  equal('relationship', [r.following, r.followed_by], [true, true])
  const rs = await data(as.alice.getRelationships([me.bob.id, me.carol.id]))
  equal('two', rs.map((r) => r.followed_by), [true, false])
  equal('followers', names(await data(as.bob.getAccountFollowers(me.alice.id))), ['bob'])
  equal('following', names(await data(as.bob.getAccountFollowing(me.alice.id))), ['bob'])
  equal('no boosts', (await data(as.bob.followAccount(me.alice.id, { reblog: false }))).following, true)

  step('dora locks her account: bob asks, is refused, asks again and is let in')
  await as.dora.updateCredentials({ locked: true })
  for (const answer of ['rejectFollowRequest', 'acceptFollowRequest']) {
    truth('requested', (await data(as.bob.followAccount(me.dora.id))).requested)
    equal('requests', names(await data(as.dora.getFollowRequests())), ['bob'])
    equal('followed_by', (await data(as.dora[answer](me.bob.id))).followed_by, answer.startsWith('accept'))
  }
  equal('unfollowed', (await data(as.bob.unfollowAccount(me.dora.id))).following, false)
  await as.dora.updateCredentials({ locked: false })

  step('alice notes something about bob, and puts him forward')
  equal('note', (await data(as.alice.setAccountNote(me.bob.id, 'owes me a book'))).note, 'owes me a book')
  truth('endorsed', (await data(as.alice.pinAccount(me.bob.id))).endorsed)
  equal('endorsements', names(await data(as.alice.getEndorsements())), ['bob'])
  equal('endorsed', (await data(as.alice.unpinAccount(me.bob.id))).endorsed, false)

  step('alice follows and features a tag')
  truth('following', (await data(as.alice.followTag('wrens'))).following)
  equal('followed', (await data(as.alice.getFollowedTags())).map((t) => t.name), ['wrens'])
  equal('following', (await data(as.alice.unfollowTag('wrens'))).following, false)
  const featured = await data(as.alice.createFeaturedTag('birds'))
  equal('featured', (await data(as.alice.getFeaturedTags())).map((t) => t.name), ['birds'])
  await as.alice.deleteFeaturedTag(featured.id)
  equal('featured', await data(as.alice.getFeaturedTags()), [])
}

async function post() {
  step('alice posts for everybody, with a tag and a mention')
  const st = await data(as.alice.postStatus('Guten Morgen @bob #Birds', { language: 'de', visibility: 'public', sensitive: false }))
  equal('status', [st.visibility, st.language, st.sensitive, st.spoiler_text, st.poll, st.quote], ['public', 'de', false, '', null, null])
  equal('tags', st.tags.map((t) => t.name.toLowerCase()), ['birds'])
  equal('mentions', st.mentions.map((m) => m.id), [me.bob.id])
  step('alice posts for fewer and fewer people')
  for (const [visibility, carolToo] of [['public', true], ['unlisted', true], ['private', false], ['direct', false]]) {
    const st = await data(as.alice.postStatus(`@bob only ${visibility}`, { visibility }))
    equal('visibility', st.visibility, visibility)
    equal('bob reads', (await data(as.bob.getStatus(st.id))).content, st.content)
    if (carolToo) equal('carol reads', (await data(as.carol.getStatus(st.id))).content, st.content)
    else await no(as.carol.getStatus(st.id), 404)
  }
  step('alice warns of what she writes')
  const warned = await data(as.alice.postStatus('it was the butler', { spoiler_text: 'end of a film', sensitive: true }))
  equal('warning', [warned.spoiler_text, warned.sensitive], ['end of a film', true])

  step('bob replies, and the thread shows it')
  const root = await data(as.alice.postStatus('who is there?'))
  const reply = await data(as.bob.postStatus('@alice me', { in_reply_to_id: root.id }))
  equal('reply', [reply.in_reply_to_id, reply.in_reply_to_account_id], [root.id, me.alice.id])
  const thread = await data(as.alice.getStatusContext(root.id))
  equal('thread', [ids(thread.ancestors), ids(thread.descendants)], [[], [reply.id]])

  step('bob quotes alice')
  const quote = await data(as.bob.postStatus('well asked', { quote_id: root.id }))
  equal('quote', [quote.quote.state, quote.quote.quoted_status.id], ['accepted', root.id])

  step('a retried post is posted once')
  key = 'once and only once'
  const first = await data(as.alice.postStatus('only once'))
  const again = await data(as.alice.postStatus('only once'))
  key = undefined
  equal('id', again.id, first.id)

  step('alice writes a post for tomorrow, moves it and calls it off')
  const at = Date.now() + day
  const later = await data(as.alice.postStatus('good morning', { scheduled_at: new Date(at).toISOString(), poll: { options: ['up', 'asleep'], expires_in: 600 } }))
  equal('later', [Date.parse(later.scheduled_at), later.params.text, later.params.poll.options], [at, 'good morning', ['up', 'asleep']])
  equal('waiting', ids(await data(as.alice.getScheduledStatuses())), [later.id])
  const moved = await data(as.alice.scheduleStatus(later.id, new Date(at + day).toISOString()))
  equal('moved', Date.parse(moved.scheduled_at), at + day)
  equal('one', (await data(as.alice.getScheduledStatus(later.id))).scheduled_at, moved.scheduled_at)
  await as.alice.cancelScheduledStatus(later.id)
  equal('waiting', await data(as.alice.getScheduledStatuses()), [])
}

async function edit() {
  step('alice edits a post')
  const st = await data(as.alice.postStatus('the frist version'))
  const edited = await data(as.alice.editStatus(st.id, { status: 'the *first* version', spoiler_text: 'typos' }))
  equal('edited', [edited.id, edited.spoiler_text, typeof edited.edited_at], [st.id, 'typos', 'string'])
  const source = await data(as.alice.getStatusSource(st.id))
  equal('source', [source.text, source.spoiler_text], ['the *first* version', 'typos'])
  await no(as.bob.editStatus(st.id, { status: 'bob was here' }), 404)
  step('alice deletes it')
  equal('deleted', (await data(as.alice.deleteStatus(st.id))).id, st.id) // its text, which comes along, megalodon drops
  await no(as.bob.getStatus(st.id), 404)
}

async function interact() {
  step('bob boosts, favourites and bookmarks a post')
  const st = await data(as.alice.postStatus('a wren in the hedge'))
  const boost = await data(as.bob.reblogStatus(st.id))
  equal('boost', [boost.reblog.id, boost.account.acct, boost.reblog.reblogged], [st.id, 'bob', true])
  equal('favourited', (await data(as.bob.favouriteStatus(st.id))).favourited, true)
  equal('bookmarked', (await data(as.bob.bookmarkStatus(st.id))).bookmarked, true)
  const seen = await data(as.alice.getStatus(st.id))
  equal('alice sees', [seen.reblogs_count, seen.favourites_count, seen.reblogged, seen.favourited, seen.bookmarked], [1, 1, false, false, false])
  equal('reblogged by', names(await data(as.alice.getStatusRebloggedBy(st.id))), ['bob'])
  equal('favourited by', names(await data(as.alice.getStatusFavouritedBy(st.id))), ['bob'])
  equal('bookmarks', ids(await data(as.bob.getBookmarks())), [st.id])
  equal('favourites', ids(await data(as.bob.getFavourites())), [st.id])
  step('bob takes it all back')
  const undone = await data(as.bob.unreblogStatus(st.id))
  equal('boost', [undone.id, undone.reblogged], [st.id, false])
  equal('favourite', (await data(as.bob.unfavouriteStatus(st.id))).favourited, false)
  equal('bookmark', (await data(as.bob.unbookmarkStatus(st.id))).bookmarked, false)
  step('alice pins it and mutes its thread')
  equal('pinned', (await data(as.alice.pinStatus(st.id))).pinned, true)
  equal('profile', ids(await data(as.carol.getAccountStatuses(me.alice.id, { pinned: true }))), [st.id])
  equal('unpinned', (await data(as.alice.unpinStatus(st.id))).pinned, false)
  equal('muted', (await data(as.alice.muteStatus(st.id))).muted, true)
  equal('unmuted', (await data(as.alice.unmuteStatus(st.id))).muted, false)
}

async function vote() {
  step('alice asks, bob votes')
  const st = await data(as.alice.postStatus('which bird?', { poll: { options: ['wren', 'robin'], expires_in: 3600, multiple: false, hide_totals: false } }))
  equal('poll', [st.poll.multiple, st.poll.options.map((o) => o.title)], [false, ['wren', 'robin']])
  const voted = await data(as.bob.votePoll(st.poll.id, [1]))
  equal('bob', [voted.voted, voted.own_votes, voted.options.map((o) => o.votes_count)], [true, [1], [0, 1]])
  equal('voters', (await data(as.alice.getPoll(st.poll.id))).voters_count, 1)
  await no(as.bob.votePoll(st.poll.id, [0]), 422)
  await no(as.carol.votePoll(st.poll.id, [0, 1]), 422)
}

async function keepLists() {
  step('alice keeps a list with bob in it')
  const list = await data(as.alice.createList('neighbours'))
  equal('list', [list.title, list.replies_policy, list.exclusive], ['neighbours', 'list', false])
  await as.alice.addAccountsToList(list.id, [me.bob.id])
  equal('members', names(await data(as.alice.getAccountsInList(list.id))), ['bob'])
  equal('lists of bob', ids(await data(as.alice.getAccountLists(me.bob.id))), [list.id])
  const st = await data(as.bob.postStatus('seen in a list'))
  equal('list timeline', ids(await data(as.alice.getListTimeline(list.id, { limit: 1 }))), [st.id])
  equal('renamed', (await data(as.alice.updateList(list.id, 'friends'))).title, 'friends')
  equal('again', (await data(as.alice.getList(list.id))).title, 'friends')
  step('alice empties and deletes it')
  await as.alice.deleteAccountsFromList(list.id, [me.bob.id])
  equal('members', await data(as.alice.getAccountsInList(list.id)), [])
  await as.alice.deleteList(list.id)
  equal('lists', await data(as.alice.getLists()), [])
}

async function filter() {
  step('bob filters spiders in the old way')
  const f = await data(as.bob.createFilter('spider', ['home', 'notifications'], { whole_word: true, irreversible: false, expires_in: '3600' }))
  equal('filter', [f.phrase, f.context, f.whole_word, f.irreversible], ['spider', ['home', 'notifications'], true, false])
  truth('an hour', Math.abs(Date.parse(f.expires_at) - Date.now() - 3600_000) < 60_000)
  const changed = await data(as.bob.updateFilter(f.id, 'wasp', ['thread'], { whole_word: false }))
  equal('changed', [changed.phrase, changed.context, changed.whole_word], ['wasp', ['thread'], false])
  equal('one', (await data(as.bob.getFilter(f.id))).phrase, 'wasp')
  await as.bob.deleteFilter(f.id)
  equal('filters', await data(as.bob.getFilters()), [])
}

async function search() {
  step('alice searches people, tags and her own words')
  const st = await data(as.alice.postStatus('the quick brown dunnock #Hedgerow'))
  equal('people', names((await data(as.alice.search('bob', { type: 'accounts' }))).accounts), ['bob'])
  equal('tags', (await data(as.alice.search('hedgero', { type: 'hashtags' }))).hashtags.map((t) => t.name.toLowerCase()), ['hedgerow'])
  equal('words', ids((await data(as.alice.search('brown dunnock', { type: 'statuses' }))).statuses), [st.id])
  equal('stranger', (await data(as.carol.search('brown dunnock', { type: 'statuses' }))).statuses, [])
  equal('account search', names(await data(as.alice.searchAccount('caro', { limit: 5 }))), ['carol'])
  equal('lookup', (await data(as.alice.lookupAccount('carol'))).id, me.carol.id)
  equal('tag timeline', ids(await data(as.carol.getTagTimeline('hedgerow', { local: true }))), [st.id])
}

async function notifications() {
  step('alice is told of what happened, newest first')
  await as.alice.dismissNotifications()
  const st = await data(as.alice.postStatus('tell me'))
  await as.bob.favouriteStatus(st.id)
  await as.carol.reblogStatus(st.id)
  const all = await data(as.alice.getNotifications({ limit: 10 }))
  equal('types', all.map((n) => [n.type, n.account.acct, n.status.id]), [['reblog', 'carol', st.id], ['favourite', 'bob', st.id]])
  equal('without boosts', (await data(as.alice.getNotifications({ exclude_types: ['reblog'] }))).map((n) => n.type), ['favourite'])
  equal("carol's", (await data(as.alice.getNotifications({ account_id: me.carol.id }))).map((n) => n.type), ['reblog'])
  equal('one', (await data(as.alice.getNotification(all[0].id))).id, all[0].id)
  step('alice marks how far she has read')
  const marked = await data(as.alice.saveMarkers({ home: { last_read_id: st.id }, notifications: { last_read_id: all[0].id } }))
  equal('marker', marked.home.last_read_id, st.id)
  equal('markers', (await data(as.alice.getMarkers(['home', 'notifications']))).notifications.last_read_id, all[0].id)
  step('alice dismisses one, then all')
  await as.alice.dismissNotification(all[0].id)
  equal('left', ids(await data(as.alice.getNotifications())), [all[1].id])
  await as.alice.dismissNotifications()
  equal('notifications', await data(as.alice.getNotifications()), [])
}

async function converse() {
  step('bob writes to alice alone')
  const st = await data(as.bob.postStatus('@alice between us', { visibility: 'direct' }))
  const [c] = await data(as.alice.getConversationTimeline({ limit: 1 }))
  equal('conversation', [c.unread, c.last_status.id, names(c.accounts)], [true, st.id, ['bob']])
  equal('read', (await data(as.alice.readConversation(c.id))).unread, false)
  await as.alice.deleteConversation(c.id)
  truth('gone', !ids(await data(as.alice.getConversationTimeline())).includes(c.id))
}

async function fallOut() {
  step('bob mutes, blocks and forgives carol')
  const muting = await data(as.bob.muteAccount(me.carol.id, false))
  equal('muting', [muting.muting, muting.muting_notifications], [true, false])
  equal('mutes', names(await data(as.bob.getMutes())), ['carol'])
  equal('muting', (await data(as.bob.unmuteAccount(me.carol.id))).muting, false)
  equal('blocking', (await data(as.bob.blockAccount(me.carol.id))).blocking, true)
  equal('blocks', names(await data(as.bob.getBlocks())), ['carol'])
  equal('sees', (await data(as.carol.getRelationship(me.bob.id))).blocked_by, true)
  equal('blocking', (await data(as.bob.unblockAccount(me.carol.id))).blocking, false)
  step('bob blocks a whole domain')
  await as.bob.blockDomain('spam.example')
  equal('domains', await data(as.bob.getDomainBlocks()), ['spam.example'])
  await as.bob.unblockDomain('spam.example')
  equal('domains', await data(as.bob.getDomainBlocks()), [])
}

// links reads a Link header as megalodon itself does where it follows one.
function links(header) {
  return Object.fromEntries((header ?? '').split(',').filter(Boolean).map((part) => {
    const [, url, rel] = part.match(/<(.*)>; rel="(.*)"/)
    return [rel, new URL(url).searchParams]
  }))
}

async function readToTheEnd() {
  step(`dora writes ${many} posts`)
  const wrote = []
  for (let i = 1; i <= many; i++) wrote.unshift((await data(as.dora.postStatus(`verse ${i} #saga`))).id)
  const places = {
    "carol's home": (params) => as.carol.getHomeTimeline(params),
    'the tag': (params) => as.carol.getTagTimeline('saga', params),
    "dora's profile": (params) => as.carol.getAccountStatuses(me.dora.id, params),
  }
  for (const [place, list] of Object.entries(places)) {
    for (const limit of [40, 20]) {
      step(`carol reads ${place} down to its end and up again, ${limit} at a time`)
      const got = []
      for (let params = { limit }; params; ) {
        const { data, headers } = await list(params)
        truth('a page is not longer than asked', data.length <= limit)
        got.push(...doras(data))
        const next = links(headers.link).next
        params = next && { limit, max_id: next.get('max_id') }
      }
      equal('posts', got, wrote)
      const back = []
      for (let params = { limit, min_id: '0' }; ; ) {
        const { data, headers } = await list(params)
        if (data.length === 0) break
        back.unshift(...doras(data))
        params = { limit, min_id: links(headers.link).prev.get('min_id') }
      }
      equal('posts upwards', back, wrote)
    }
  }
  step('megalodon itself follows the links of a list of followers')
  equal('followers', names(await data(as.carol.getAccountFollowers(me.dora.id, { get_all: true, limit: 1 }))), ['carol'])
}

async function leave() {
  step('alice signs out')
  await as.alice.revokeToken(app.client_id, app.client_secret, tokens.alice)
  holds('message', await no(as.alice.verifyAccountCredentials(), 401), 'token')
}

await tell(signIn, lookAround, follow, post, edit, interact, vote, keepLists, filter, search, notifications, converse, fallOut, readToTheEnd, leave)

// What the stories in JavaScript share: steps, checks with a sentence, and the browser at the other end of the
// standard streams.
import { deepStrictEqual } from 'node:assert'
import { createInterface } from 'node:readline'

export const server = process.env.BASE_URL
export const outOfBand = 'urn:ietf:wg:oauth:2.0:oob'
export const callback = 'http://127.0.0.1:9/callback' // nobody listens there: the browser is stopped at its door
export const many = 130 // more than three pages of forty and six of twenty
export const day = 24 * 3600 * 1000

let now = 'the beginning'

export function step(what) {
  now = what
  console.log(what)
}

export function equal(what, got, want) {
  try {
    deepStrictEqual(got, want)
  } catch (difference) {
    throw new Error(`${what}: ${difference.message}`)
  }
}

export function truth(what, got) {
  if (got !== true) throw new Error(`${what}: got ${got}`)
}

export function holds(what, text, part) {
  if (!String(text).includes(part)) throw new Error(`${what}: ${JSON.stringify(text)} does not hold ${JSON.stringify(part)}`)
}

// refused wants a call to fail with a status and a message; statusOf reads both from the library's error.
export async function refused(call, status, statusOf) {
  let answer
  try {
    answer = await call
  } catch (error) {
    const [got, message] = statusOf(error)
    if (got === undefined) throw error
    equal('status of the refusal', got, status)
    truth('the refusal has a message', typeof message === 'string' && message.length > 0)
    return message
  }
  throw new Error(`not refused, but answered ${JSON.stringify(answer)}`)
}

const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]()

// ask has somebody's browser open a link and allow what the app wants; it gives the code.
export async function ask(who, link) {
  console.log(`? ${who} ${link}`)
  const { value } = await answers.next()
  if (!value) throw new Error(`${who} got no code`)
  return value
}

// tell runs the chapters one after the other. One that breaks off fails the story, but the next may still tell
// something; without the first, where people sign in, there is none.
export async function tell(first, ...chapters) {
  for (const chapter of [first, ...chapters]) {
    try {
      await chapter()
    } catch (error) {
      console.error(`${now}: ${error.stack}`)
      process.exitCode = 1
      if (chapter === first) break
    }
  }
  step('the end')
  process.exit() // standard input is still open
}

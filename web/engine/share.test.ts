import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Answer, CallKind, Calls, Event, LabSource, Order } from '../messages.ts'
import { Session } from './session.ts'

/** A session whose requests are answered one after the other, and whose clock stands still but for orders. */
function opened() {
  const answers = new Map<number, Answer>()
  const session = new Session({
    now: () => 0, later: () => undefined,
    tell: (message: Answer | Event) => {
      if (message.kind === 'answer' || message.kind === 'refusal') answers.set(message.id, message)
    },
  })
  let id = 0
  const call = async <Kind extends CallKind>(kind: Kind, argument: Calls[Kind][0]): Promise<Calls[Kind][1]> => {
    session.receive({ id: ++id, call: kind, argument })
    await session.idle()
    const answer = answers.get(id)
    if (answer?.kind !== 'answer') throw new Error(answer?.kind === 'refusal' ? answer.message : 'no answer')
    return structuredClone(answer.value) as Calls[Kind][1]
  }
  const order = async (one: Order): Promise<void> => {
    session.receive(one)
    await session.idle()
  }
  return { call, order }
}

const FIRST_PING: LabSource =
  { fileName: 'lab.yaml', text: readFileSync(new URL('../../labs/first-ping/lab.yaml', import.meta.url), 'utf8') }

async function reopened(source: LabSource): Promise<string> {
  const other = opened()
  await other.call('open', { source: JSON.parse(JSON.stringify(source)) as LabSource })
  const { hash, source: again } = await other.call('share', {})
  expect(again.moment).toEqual(source.moment)
  return hash
}

test('a shared run that stands between two events of one nanosecond is opened at the same event', async () => {
  const one = opened()
  await one.call('open', { source: FIRST_PING })
  const hashes = new Set<string>()
  for (let step = 0; step < 8; step++) {
    await one.order({ kind: 'step', count: 1 })
    const { source, hash } = await one.call('share', {})
    hashes.add(hash)
    expect(await reopened(source)).toBe(hash)
  }
  expect(hashes.size).toBe(8)
})

test('what was typed, a cut cable and a past in which one stands are shared', async () => {
  const one = opened()
  await one.call('open', { source: FIRST_PING })
  await one.call('seek', { atNs: 500e6 })
  const { console } = await one.call('openConsole', { node: 'alice', columns: 80, rows: 24 })
  await one.order({ kind: 'typed', console, text: 'ping -c 1 10.0.0.2\r' })
  await one.order({ kind: 'step', count: 3 })
  await one.order({ kind: 'setLink', end: 'alice:eth1', set: { state: 'down' }, direction: 'both' })
  await one.order({ kind: 'step', count: 2 })
  const late = await one.call('share', {})
  expect(await reopened(late.source)).toBe(late.hash)
  await one.call('seek', { atNs: 600e6 })
  const early = await one.call('share', {})
  expect(early.hash).not.toBe(late.hash)
  expect(early.source.log).toEqual(late.source.log)
  expect(await reopened(early.source)).toBe(early.hash)
})

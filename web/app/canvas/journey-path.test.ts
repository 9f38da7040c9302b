import { expect, test } from 'vitest'
import type { JourneyView, StayView } from '../../messages.ts'
import { journeyPath } from './journey-path.ts'

function stay(node: string, went: StayView['went'], drops: StayView['drops'] = []): StayView {
  return { node, atNs: 0, came: '', went, steps: [], drops, summary: '' }
}

const JOURNEY: JourneyView = {
  title: '', asked: null, loss: null, remedy: null, remedyText: [], output: '', text: '',
  legs: [
    {
      trace: 1, kind: 'packet', title: 'echo request', cause: '', wires: [], stays: [
        stay('alice', [{ device: 'eth1', link: 0, direction: 0 }]),
        stay('r1', [{ device: 'eth2', link: 1, direction: 1 }], [{ device: 'eth2', reason: 'LINK_LOSS', text: 'lost' }]),
        stay('alice', []),
      ],
    },
    {
      trace: 2, kind: 'arp', title: 'ARP', cause: '', wires: [], stays: [
        stay('bob', [{ device: 'lo', link: null, direction: 0 }],
          [{ device: 'eth1', reason: 'NO_SOCKET', text: 'nobody listens' }]),
      ],
    },
  ],
}

test('the packet itself is told with its hops and numbers, the others go with it, deaths lie where they happened', () => {
  expect(journeyPath(JOURNEY, null, null)).toEqual({
    hops: [{ link: 0, direction: 0 }, { link: 1, direction: 1 }], others: [],
    numbers: new Map([['alice', [1, 3]], ['r1', [2]]]), nodes: new Set(['alice', 'r1', 'bob']), at: null,
    deaths: [{ node: 'r1', link: 1, text: 'lost' }, { node: 'bob', link: null, text: 'nobody listens' }],
  })
})

test('the packet that was clicked is the one that is told, unless a stay of another is pointed at', () => {
  expect(journeyPath(JOURNEY, null, 2).numbers).toEqual(new Map([['bob', [1]]]))
  const pointed = journeyPath(JOURNEY, [0, 1], 2)
  expect([pointed.numbers.get('r1'), pointed.at]).toEqual([[2], { node: 'r1', links: [{ link: 1, direction: 1 }] }])
})

test('a loss that no stay tells is told too', () => {
  const loss = { node: 'alice', device: '', reason: 'IP_NO_ROUTE', text: 'no way', answer: false }
  const lost = { ...JOURNEY, legs: [], loss }
  expect(journeyPath(lost, null, null).deaths).toEqual([{ node: 'alice', link: null, text: 'no way' }])
})

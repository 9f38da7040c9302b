import { expect, test } from 'vitest'
import { fieldAt } from './hex-view.tsx'

const view = (name: string, start: number, end: number, children: ReturnType<typeof leaf>[] = []) =>
  ({ name, value: '', start, end, children })
const leaf = (name: string, start: number, end: number) => ({ name, value: '', start, end, children: [] })

test('a byte belongs to the smallest field around it, else to its layer, else to nothing', () => {
  const layers = [
    view('ethernet', 0, 14, [leaf('destination', 0, 6), leaf('type', 12, 14)]),
    view('ipv4', 14, 34, [leaf('version', 14, 15), leaf('ihl', 14, 15), leaf('flags', 20, 22)]),
  ]
  expect([3, 7, 13, 14, 21, 33, 34].map((at) => fieldAt(layers, at))).toMatchObject(
    [{ name: 'destination' }, { name: 'ethernet' }, { name: 'type' }, { name: 'ihl' }, { name: 'flags' }, { name: 'ipv4' }]
      .concat([null] as never))
})

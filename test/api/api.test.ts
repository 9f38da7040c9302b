import { expect, test } from 'vitest'
import { Lab, parseQuestion, why, WhyError } from '../../src/index.node.ts'

/* The programming interface, as a program that tests networked software uses it. */

test('Lab.load, exec, a fault on a link, time, and the same hash for the same seed', async () => {
  const story = async (seed: number): Promise<string> => {
    const lab = await Lab.load('first-ping', { seed })
    const first = await lab.node('alice').exec('ping -c 1 10.0.0.2')
    expect([first.status, first.stdout.includes('1 received')]).toEqual([0, true])
    lab.link('bob:eth1').set({ loss: '50%' })
    await lab.node('alice').exec('ping -c 20 -i 0.2 10.0.0.2')
    lab.partition('alice', 'bob')
    expect((await lab.node('alice').exec('ping -c 1 -W 1 10.0.0.2')).status).toBe(1)
    lab.repair('alice', 'bob')
    await lab.runFor('30s')
    const hash = lab.hash()
    await lab.close()
    return hash
  }
  expect(await story(7)).toBe(await story(7))
  expect(await story(7)).not.toBe(await story(8))
})

test('a lab defined in TypeScript answers why, and asking changes nothing', async () => {
  const lab = await Lab.define('two', (d) => {
    const a = d.host('a', { interfaces: { eth1: '10.0.0.1/24' } })
    const b = d.host('b', { interfaces: { eth1: '10.0.0.2/24' } })
    d.link(a.eth(1), b.eth(1))
  })
  await lab.node('b').exec('ip link set eth1 down')
  const before = lab.hash()
  const journey = await lab.why('a', 'b')
  expect([journey.loss?.node, journey.answered]).toEqual(['a', false])
  expect(journey.remedy).toEqual([{ on: 'b', run: 'ip link set dev eth1 up' }])
  expect(lab.hash()).toBe(before)
  expect(() => lab.why('a', 'b:80')).toThrow(WhyError)
})

test('why of a datagram: taken by a socket, refused at a closed port, lost on the way, too large for it', async () => {
  const closed = await (await Lab.load('first-ping')).why('alice', 'bob:53/udp')
  expect([closed.answered, closed.loss?.node, closed.loss?.reason]).toEqual([false, 'bob', 'NO_SOCKET'])

  const lab = await Lab.load('ip-forward-off')
  const lost = await lab.why('alice', 'bob:53/udp')
  expect([lost.answered, lost.loss?.node, lost.loss?.reason]).toEqual([false, 'middle', 'NO_FORWARDING'])

  const load = (): Promise<Lab> => Lab.load('mtu-black-hole', { tracing: true })
  const large = await why(load, parseQuestion('a', '10.0.2.2:53/udp', 1472))
  expect([large.answered, large.loss?.node, large.loss?.reason]).toEqual([false, 'r1', 'IP_FRAG_NEEDED'])

  const taken = await why(async () => {
    const open = await Lab.load('first-ping', { tracing: true })
    open.node('bob').host.namespaces.get('')?.sockets.udp.open().bind(0, 53)
    return open
  }, parseQuestion('alice', 'bob:53/udp'))
  expect([taken.answered, taken.loss]).toEqual([true, null])
})

test('a node or link that is not there is named, with the nearest that is', async () => {
  const lab = await Lab.load('first-ping')
  expect(() => lab.node('alic')).toThrow(/no node is called "alic".*alice/)
  expect(() => lab.link('alice:eth9')).toThrow(/no link has the end "alice:eth9"/)
  await expect(Lab.load('no-such-lab')).rejects.toThrow('no bundled lab has that name')
})

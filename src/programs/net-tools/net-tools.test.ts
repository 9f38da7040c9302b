import { describe, expect, test } from 'vitest'
import { readRecord, RecordedNetwork } from '../../../test/support/recorded.ts'
import { PROGRAMS } from '../registry.ts'

/** Neighbours come in the order of a hash with a random seed: lines are put in order. */
function comparable(line: string, text: string): string {
  return / arp /.test(line) ? text.split('\n').sort().join('\n') : text
}

const RECORDS = [
  '../fixtures/arp.record', '../fixtures/ethtool.record', '../fixtures/ifconfig.record', '../fixtures/netstat.record',
  '../fixtures/nstat.record', '../fixtures/route.record',
]

for (const record of RECORDS) {
  describe(record, async () => {
    const network = new RecordedNetwork(PROGRAMS)
    await network.warmUp()
    for (const recorded of readRecord(new URL(record, import.meta.url))) {
      test(recorded.line, async () => {
        const result = await network.run(recorded.line)
        expect(result.failure).toBe(null)
        if (recorded.status === null) return
        expect({ stdout: comparable(recorded.line, result.stdout), stderr: result.stderr, status: result.status }).toEqual(
          { stdout: comparable(recorded.line, recorded.stdout), stderr: recorded.stderr, status: recorded.status })
      })
    }
  })
}

/* Recorded: sockets of a Python process in a namespace with lo up, netstat -an, -n, -ln, -uan; ours come by port. */
test('netstat shows UDP and raw sockets: all, connected ones, servers', async () => {
  const network = new RecordedNetwork(PROGRAMS)
  const host = network.host('a')
  const { udp, raw } = network.namespace('a').sockets
  const localhost = 0x7f000001
  expect(udp.open().bind(0, 5353)).toBe(0)
  const client = udp.open()
  expect([client.bind(localhost, 40000), client.connect(localhost, 5353), client.send(new Uint8Array(5))]).toEqual([0, 0, 5])
  raw.open(1)
  expect(raw.open(1).connect(localhost)).toBe(0)
  await network.scheduler.run({ limitNs: 1e6 })
  const head = (which: string): string => `Active Internet connections (${which})\n` +
    'Proto Recv-Q Send-Q Local Address           Foreign Address         State      \n'
  const unix = (which: string): string => `Active UNIX domain sockets (${which})\n` +
    'Proto RefCnt Flags       Type       State         I-Node   Path\n'
  const lines = [
    'udp      832      0 0.0.0.0:5353            0.0.0.0:*                          \n',
    'udp        0      0 127.0.0.1:40000         127.0.0.1:5353          ESTABLISHED\n',
    'raw        0      0 127.0.0.1:1             127.0.0.1:*             1          \n',
    'raw        0      0 0.0.0.0:1               0.0.0.0:*               7          \n',
  ]
  const all = 'servers and established'
  expect((await host.exec('netstat -an')).stdout).toBe(head(all) + lines.join('') + unix(all))
  expect((await host.exec('netstat -n')).stdout).toBe(head('w/o servers') + lines[1] + lines[2] + unix('w/o servers'))
  expect((await host.exec('netstat -ln')).stdout).toBe(head('only servers') + lines[0] + lines[3] + unix('only servers'))
  expect((await host.exec('netstat -uan')).stdout).toBe(head(all) + lines[0] + lines[1])
  expect(await host.exec('netstat -ua')).toMatchObject({
    stdout: '', stderr: 'netarium: netstat names of ports, without -n: not modelled\n', status: 1,
  })
})

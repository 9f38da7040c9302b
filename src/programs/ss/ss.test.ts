import { expect, test } from 'vitest'
import { readRecord, RecordedNetwork } from '../../../test/support/recorded.ts'
import type { Process } from '../../host/process.ts'
import { holdSocket } from '../../host/socket-file.ts'
import { parseIpv4 } from '../../wire/address.ts'
import { PROGRAMS } from '../registry.ts'

/** fixtures/hold: opens sockets and keeps them. */
async function hold(process: Process): Promise<number> {
  const { ns, sockets } = process.namespace
  const at = (text: string): [number, number] => {
    const colon = text.lastIndexOf(':')
    return [parseIpv4(text.slice(0, colon)) ?? 0, Number(text.slice(colon + 1))]
  }
  for (const word of process.argv.slice(1)) {
    const kind = word.slice(0, word.indexOf(':'))
    const rest = word.slice(word.indexOf(':') + 1)
    if (kind === 'udp') {
      const [own, peer] = rest.split('>')
      const [here, device] = own.split('@')
      const socket = sockets.udp.open()
      if (device !== undefined) socket.bindToDevice(device)
      socket.bind(...at(here))
      if (peer !== undefined) socket.connect(...at(peer))
      holdSocket(process, socket)
    } else if (kind === 'raw') holdSocket(process, sockets.raw.open(Number(rest)))
    else {
      const [mode, protocol, device] = rest.split(':')
      const socket = sockets.packet.open(mode === 'dgram', Number(protocol))
      if (device !== '') socket.bind(ns.deviceByName(device)?.ifindex ?? 0, Number(protocol))
      holdSocket(process, socket)
    }
  }
  await process.sleep(3600e9)
  return 0
}

/**
 * What differs: the order of a table (a hash that each namespace seeds), process ids, numbers of descriptors and inodes,
 * the cgroup (the recording machine has no cgroup2), and the sockets of TCP and DCCP of that machine.
 */
function normalise(text: string): string {
  const rows = text.replace(/\n\t/g, '\v').replace(/pid=[0-9]+/g, 'pid=P').replace(/fd=[0-9]+/g, 'fd=F')
    .replace(/ino:[0-9]+ sk:[0-9a-f]+/g, 'ino:I sk:C').replace(/cgroup:\S+/g, 'cgroup:G')
    .replace(/^Total: [0-9]+$/m, 'Total: N').replace('TCP:   1 (estab 0, closed 1,', 'TCP:   0 (estab 0, closed 0,').split('\n')
  const varies = /pid=|ino:/.test(text)
  return rows.map((row) => varies ? row.replace(/ +$/, '').replace(/ +\v/, '\v') : row).sort().join('\n')
}

function complaints(text: string): string {
  return text.replace(/^(RTNETLINK answers: Invalid argument|Failed to find cgroup2 mount)\n/gm, '')
}

const network = new RecordedNetwork(new Map([...PROGRAMS, ['hold', hold]]))
await network.warmUp()

for (const recorded of readRecord(new URL('../fixtures/ss.record', import.meta.url))) {
  test(recorded.line, async () => {
    const result = await network.run(recorded.line)
    expect(result.failure).toBe(null)
    if (recorded.status === null) return
    expect({ stdout: normalise(result.stdout), stderr: result.stderr, status: result.status }).toEqual({
      stdout: normalise(recorded.stdout), stderr: complaints(recorded.stderr), status: recorded.status,
    })
  })
}

import { expect, test } from 'vitest'
import type { ConsoleChunk } from './console.ts'
import { Lab } from './lab.ts'

const LAB = `name: consoles
topology:
  nodes:
    alice: { kind: host, interfaces: { eth1: 10.0.0.1/24 } }
    bob: { kind: host, interfaces: { eth1: 10.0.0.2/24 } }
  links:
    - endpoints: ["alice:eth1", "bob:eth1"]
`

test('a console: settle waits for the prompt, until for a text; each gives what came since the last', async () => {
  const lab = await Lab.fromText(LAB, 'lab.yaml')
  const console = lab.node('alice').console({ columns: 100, rows: 30 })
  expect(await console.settle()).toBe('\x1b[?2004hroot@alice:~# ')
  expect([console.atPrompt, console.status, console.columns, console.rows]).toEqual([true, null, 100, 30])
  console.write('ping 10.0.0.2\r')
  expect(await console.until(/icmp_seq=3 .*\n/s)).toBe('ping 10.0.0.2\r\n\x1b[?2004l\r' +
    'PING 10.0.0.2 (10.0.0.2) 56(84) bytes of data.\r\n' +
    [1, 2, 3].map((seq) => `64 bytes from 10.0.0.2: icmp_seq=${seq} ttl=64 time=0.000 ms\r\n`).join(''))
  expect([lab.now, console.atPrompt]).toEqual([2e9, false])
  console.write('\x03')
  expect(await console.settle()).toBe('^C\r\n--- 10.0.0.2 ping statistics ---\r\n' +
    '3 packets transmitted, 3 received, 0% packet loss, time 2000ms\r\n' +
    'rtt min/avg/max/mdev = 0.000/0.000/0.000/0.000 ms\r\n\x1b[?2004hroot@alice:~# ')
  console.write('exit 5\r')
  await console.settle()
  expect([console.status, lab.now]).toEqual([5, 2e9])
})

test('what was waited for and never comes is an error that shows what came instead', async () => {
  const lab = await Lab.fromText(LAB, 'lab.yaml')
  const console = lab.node('alice').console()
  await console.settle()
  console.write('echo one\r')
  await expect(console.until('two', '5s')).rejects.toThrow(
    'console of alice: it never shows two; since the last that was waited for it showed ' +
    '"echo one\\r\\n\\u001b[?2004l\\rone\\r\\n\\u001b[?2004hroot@alice:~# "')
})

test('output comes with its virtual time, whole characters at a time', async () => {
  const lab = await Lab.fromText(LAB, 'lab.yaml')
  const console = lab.node('bob').console({ command: ['bash', '-c', 'printf "\\303"; sleep 1; printf "\\251\\n"'] })
  const chunks: ConsoleChunk[] = []
  console.onOutput = (chunk) => { chunks.push(chunk) }
  await console.settle()
  expect(chunks.map(({ timeNs, text, bytes }) => [timeNs, text, [...bytes]])).toEqual([
    [0, '', [0xc3]], [1e9, 'é\r\n', [0xa9, 0x0d, 0x0a]],
  ])
  expect(console.output).toBe('é\r\n')
})

test('what is typed, resized and closed is in the log, and a replay has the same output and hash', async () => {
  const lab = await Lab.fromText(LAB, 'lab.yaml')
  const console = lab.node('alice').console()
  await console.settle()
  console.write('sleep 1; echo $COLUMNS\r')
  await lab.runFor('500ms')
  console.resize(120, 40)
  await console.settle()
  console.write('echo $COLUMNS\r')
  await console.settle()
  console.close()
  await console.settle()
  expect(console.status).toBe(129)
  const log = lab.log()
  expect(log.inputs.map(({ kind, atNs }) => `${atNs} ${kind}`)).toEqual([
    '0 console', '0 type', '500000000 resize', '1000000000 type', '1000000000 hang-up',
  ])
  const again = await Lab.replay(lab.model, log)
  expect([again.hash(), again.consoles[0].output]).toEqual([lab.hash(), console.output])
})

import { expect, test } from 'vitest'
import { RecordedNetwork } from '../../../test/support/recorded.ts'
import { SIGTERM } from '../../host/signals.ts'
import { PROGRAMS } from '../registry.ts'

const SECOND = 1e9

test('a loop without end lets time pass, and a signal ends it', async () => {
  const network = new RecordedNetwork(PROGRAMS)
  const process = network.host('a').spawn(['awk', 'BEGIN { while (1) n++ }'])
  await network.scheduler.run({ limitNs: 50e6 })
  expect(process.exited).toBe(false)
  process.kill(SIGTERM)
  const result = await network.host('a').finish(process, SECOND)
  expect(result).toMatchObject({ stdout: '', stderr: '', status: 128 + SIGTERM, failure: null })
})

test('ten thousand rounds take a millisecond', async () => {
  const network = new RecordedNetwork(PROGRAMS)
  const process = network.host('a').spawn(['awk', 'BEGIN { while (n < 100000) n++; print n }'])
  const result = await network.host('a').finish(process, SECOND)
  expect([result.stdout, process.endedAtNs - process.startedAtNs]).toEqual(['100000\n', 10e6])
})

test('what comes slowly is read as it comes, and kept back until the end as mawk does', async () => {
  const network = new RecordedNetwork(PROGRAMS)
  const line = 'for i in 1 2 3; do echo $i; sleep 1; done | awk \'{ print; if (NR == 2) exit }\'; date +%s'
  const result = await network.host('a').exec(line)
  expect([result.stdout, result.status]).toEqual(['1\n2\n946684802\n', 0])
})

test('commands of a program run on virtual time, in its order', async () => {
  const network = new RecordedNetwork(PROGRAMS)
  const program = `BEGIN {
    print "b"; print "a" | "sort"; close("sort"); system("sleep 2; echo c"); "date +%s" | getline t; print t
  }`
  const process = network.host('a').spawn(['awk', program])
  const result = await network.host('a').finish(process, 10 * SECOND)
  expect([result.stdout, result.stderr]).toEqual(['b\na\nc\n946684802\n', ''])
})

test('a program over the output of others: addresses, routes, a ping, /proc/net', async () => {
  const network = new RecordedNetwork(PROGRAMS)
  const lines: [string, string][] = [
    ['ip -o -4 addr show dev eth1 | awk \'{ print $4 }\'', '10.0.0.1/24\n'],
    ['ip route | awk \'$1 == "default" { print $3, $5 }\'', '10.0.0.254 eth1\n'],
    ['ping -c 2 10.0.1.2 | awk -F\', \' \'/packet loss/ { print $3 }\'', '0% packet loss\n'],
    ['awk -F: \'NR > 2 { gsub(/ /, "", $1); print $1 }\' /proc/net/dev | sort', 'eth1\nlo\n'],
    ['awk \'NR > 1 && $2 == "00000000" { print $3 }\' /proc/net/route', 'FE00000A\n'],
    ['awk \'/^Ip:/ { if (h) print $3; h = 1 }\' /proc/net/snmp', '64\n'],
  ]
  for (const [line, stdout] of lines) {
    const result = await network.host('a').exec(line)
    expect([line, result.stdout, result.stderr, result.status]).toEqual([line, stdout, '', 0])
  }
})

test('printf of bash formats the time of the host', async () => {
  const result = await new RecordedNetwork(PROGRAMS).host('a').exec('sleep 90; printf "%(%F %T)T %(%s)T|%8(%H)T\\n" -1 -2 3600')
  expect(result.stdout).toBe('2000-01-01 00:01:30 946684800|      01\n')
})

test('what is not modelled is refused by name', async () => {
  const host = new RecordedNetwork(PROGRAMS).host('a')
  const dump = await host.exec('awk -W dump 1')
  expect([dump.stderr, dump.status]).toEqual(['mawk: option -W dump is not modelled by Netarium\n', 2])
  const gensub = await host.exec('awk \'BEGIN { print gensub(/a/, "b", "g", "a") }\'')
  expect([gensub.stderr, gensub.status]).toEqual(['mawk: line 2: function gensub never defined\n', 2])
})

#!/usr/bin/env node
// Runs test/golden/ip/cases.txt with the real ip and bridge in network namespaces, and writes what they answered to
// recorded.json. Needs root. Usage: node test/golden/ip/record.mjs [NAME-PART]  (then only prints those cases)
//
// cases.txt: "## name" opens a case, "[up]" behind it sets all links up first; then one command a line, run on node a,
// or on node b if the line starts with "b: ". Every case has a new pair of namespaces, IPv6 off, without names (so that
// ip prints link-netnsid, as in a container), and two veth links:
//
//     a  eth1 02:00:00:00:00:a1 --- 02:00:00:00:00:b1 eth1  b
//     a  eth2 02:00:00:00:00:a2 --- 02:00:00:00:00:b2 eth2  b
import { spawn, spawnSync } from 'node:child_process'
import { readFileSync, readlinkSync, writeFileSync } from 'node:fs'

const folder = new URL('.', import.meta.url)
const hostNet = readlinkSync('/proc/self/ns/net')

function run(words) {
  const result = spawnSync(words[0], words.slice(1), { encoding: 'utf8' })
  return { stdout: result.stdout, stderr: result.stderr, status: result.status }
}

function must(line) {
  const result = run(line.split(' '))
  if (result.status !== 0) throw new Error(`${line}: ${result.stderr}`)
}

function split(line) {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map((m) => m[1] ?? m[2])
}

/** Starts a process in a network namespace of its own; the namespace lives as long as it. */
function namespace() {
  const holder = spawn('unshare', ['-n', 'sleep', '600'], { stdio: 'ignore' })
  for (;;) {
    try {
      if (readlinkSync(`/proc/${holder.pid}/ns/net`) !== hostNet) break
    } catch { /* not yet there */ }
  }
  for (const which of ['all', 'default']) {
    must(`nsenter -t ${holder.pid} -n sysctl -qw net.ipv6.conf.${which}.disable_ipv6=1`)
  }
  return holder
}

function build(up) {
  const nodes = { a: namespace(), b: namespace() }
  for (const i of [1, 2]) {
    must(`ip link add eth${i} netns ${nodes.a.pid} address 02:00:00:00:00:a${i} type veth ` +
      `peer name eth${i} netns ${nodes.b.pid} address 02:00:00:00:00:b${i}`)
  }
  for (const node of up ? [nodes.a, nodes.b] : []) {
    for (const device of ['lo', 'eth1', 'eth2']) must(`nsenter -t ${node.pid} -n ip link set ${device} up`)
  }
  return nodes
}

const only = process.argv[2]
const recorded = []
for (const block of readFileSync(new URL('cases.txt', folder), 'utf8').split(/^## /m).slice(1)) {
  const [title, ...lines] = block.split('\n')
  const up = title.endsWith(' [up]')
  const name = title.replace(/ \[up\]$/, '')
  if (only !== undefined && !name.includes(only)) continue
  const nodes = build(up)
  const steps = []
  for (const line of lines) {
    if (line === '' || line.startsWith('#')) continue
    const on = line.startsWith('b: ') ? 'b' : 'a'
    const command = line.replace(/^b: /, '')
    steps.push({ on, command, ...run(['nsenter', '-t', String(nodes[on].pid), '-n', ...split(command)]) })
  }
  recorded.push({ name, up, steps })
  for (const node of Object.values(nodes)) node.kill()
}
const text = recorded.map((c) => JSON.stringify(c, null, 1)).join(',\n')
if (only === undefined) writeFileSync(new URL('recorded.json', folder), `[\n${text}\n]\n`)
else {
  for (const c of recorded) {
    console.log(`## ${c.name}`)
    for (const s of c.steps) console.log(`${s.on}$ ${s.command}   -> ${s.status}\n${s.stdout}${s.stderr && `!${s.stderr}`}`)
  }
}

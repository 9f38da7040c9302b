#!/usr/bin/env node
// Runs the cases of a folder's *.txt with the real programs on one machine of its own (a network and a mount namespace,
// /run/netns empty), and writes what they answered to recorded.json. Needs root.
// Usage: node test/golden/netns/record.mjs [NAME-PART]  (then only prints those cases)
//
// "## name" opens a case; then one command a line. "& NAME command" starts one in the background and "kill NAME" ends it
// by SIGTERM: its output is recorded there. IPv6 is off wherever `ip netns add` makes a namespace.
import { spawn, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'

const folder = new URL('.', import.meta.url)
const hostNet = readlinkSync('/proc/self/ns/net')
const sleep = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)

const split = (line) => [...line.matchAll(/'([^']*)'|(\S+)/g)].map((m) => m[1] ?? m[2])
const encode = (bytes) => bytes.some((b) => b === 0 || b > 126) ? { hex: withoutChances(bytes).toString('hex') }
  : bytes.toString('latin1')

/** A saved dump without the clock (sequence numbers, stamps of addresses) and the pid. */
function withoutChances(bytes) {
  for (let at = 4; at + 16 <= bytes.length;) {
    const length = bytes.readUInt32LE(at)
    bytes.fill(0, at + 8, at + 16)
    if (bytes.readUInt16LE(at + 4) === 20) bytes.fill(0, at + length - 8, at + length)
    at += length + 3 & ~3
  }
  return bytes
}

function inside(pid, words, options = {}) {
  return spawnSync('nsenter', ['-t', String(pid), '-n', '-m', '--wd=/', ...words], options)
}

function quiet(pid, name) {
  for (const which of ['all', 'default']) {
    const there = name === '' ? [] : ['ip', 'netns', 'exec', name]
    inside(pid, [...there, 'sysctl', '-qw', `net.ipv6.conf.${which}.disable_ipv6=1`])
  }
}

function machine() {
  const holder = spawn('unshare', ['-n', '-m', 'sh', '-c',
    'mkdir -p /run/netns; mount -t tmpfs tmpfs /run/netns; mount -t tmpfs tmpfs /root; touch /root/ready; exec sleep 600'],
  { stdio: 'ignore' })
  for (;;) {
    try {
      if (readlinkSync(`/proc/${holder.pid}/ns/net`) !== hostNet &&
        inside(holder.pid, ['test', '-e', '/root/ready']).status === 0) break
    } catch { /* not yet there */ }
  }
  quiet(holder.pid, '')
  return holder
}

const only = process.argv[2]
const recorded = []
for (const file of readdirSync(folder).filter((name) => name.endsWith('.txt')).sort()) {
  for (const block of readFileSync(new URL(file, folder), 'utf8').split(/^## /m).slice(1)) {
    const [name, ...lines] = block.split('\n')
    if (only !== undefined && !name.includes(only)) continue
    const holder = machine()
    const background = new Map()
    const steps = []
    for (const line of lines) {
      if (line === '' || line.startsWith('#')) continue
      if (line.startsWith('& ')) {
        const [key, ...words] = split(line.slice(2))
        const child = spawn('nsenter', ['-t', String(holder.pid), '-n', '-m', '--wd=/root', ...words],
          { stdio: ['ignore', 'pipe', 'pipe'] })
        const ended = new Promise((done) => child.on('close', (status) => done(status ?? 143)))
        const task = { child, out: [], err: [], ended }
        child.stdout.on('data', (d) => task.out.push(d))
        child.stderr.on('data', (d) => task.err.push(d))
        background.set(key, task)
        steps.push({ command: line })
        await new Promise((done) => setTimeout(done, 250))
        continue
      }
      if (line.startsWith('kill ')) {
        const task = background.get(line.slice(5))
        await new Promise((done) => setTimeout(done, 250))
        task.child.kill('SIGTERM')
        const status = await task.ended
        steps.push({ command: line, stdout: encode(Buffer.concat(task.out)), stderr: encode(Buffer.concat(task.err)), status })
        continue
      }
      const result = inside(holder.pid, ['sh', '-c', `cd /root; ${/[|<>;]/.test(line) ? '' : 'exec '}${line}`])
      if (line.startsWith('sleep ')) await new Promise((done) => setTimeout(done, 10))
      if (/^ping| ping /.test(line)) result.stdout = Buffer.alloc(0) // its times are chance
      const made = /^ip netns add (\S+)/.exec(line)
      if (made !== null && result.status === 0) quiet(holder.pid, made[1])
      steps.push({ command: line, stdout: encode(result.stdout), stderr: encode(result.stderr), status: result.status })
      if (/netns (del|-all)/.test(line)) sleep(300)
      await new Promise((done) => setTimeout(done, 5))
    }
    recorded.push({ name, steps })
    for (const task of background.values()) task.child.kill('SIGKILL')
    holder.kill()
  }
}
if (only === undefined) {
  writeFileSync(new URL('recorded.json', folder), `[\n${recorded.map((c) => JSON.stringify(c, null, 1)).join(',\n')}\n]\n`)
} else {
  for (const c of recorded) {
    console.log(`## ${c.name}`)
    for (const s of c.steps) {
      const show = (t) => typeof t === 'object' ? `hex ${t.hex}\n` : t ?? ''
      console.log(`$ ${s.command}   -> ${s.status ?? ''}\n${show(s.stdout)}${s.stderr && `!${show(s.stderr)}`}`)
    }
  }
}

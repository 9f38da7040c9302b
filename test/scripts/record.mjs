#!/usr/bin/env node
// Runs each script of this folder with the real bash and programs, on a machine of its own (network and mount namespace,
// /run/netns empty), and keeps what it wrote and its status in NAME.out. Needs root. Usage: node test/scripts/record.mjs
import { spawnSync } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Times that ping measured, and MACs that were drawn. */
function withoutChances(text) {
  return text.replace(/time=\S+ ms/g, 'time=T ms').replace(/, time \d+ms/g, ', time Tms')
    .replace(/^rtt .*$/gm, 'rtt').replace(/lladdr \S+/g, 'lladdr M')
}

const folder = fileURLToPath(new URL('.', import.meta.url))
const SETUP = 'mkdir -p /run/netns; mount -t tmpfs tmpfs /run/netns; ip link set lo up; exec bash "$0"'

for (const script of readdirSync(folder).filter((name) => name.endsWith('.sh'))) {
  const { stdout, stderr, status } = spawnSync('unshare', ['-n', '-m', 'bash', '-c', SETUP, script], {
    encoding: 'utf8', cwd: folder,
  })
  const all = `${stdout}--- stderr\n${stderr}--- status ${status}\n`
  writeFileSync(`${folder}/${script.replace('.sh', '.out')}`, withoutChances(all))
  console.log(script, status)
}

// Records which frames of the captures beside this script the real tcpdump passes for each line of filters.txt, or
// what it says against the filter, into filters.json. Debian 12 (libpcap 1.10.3). Run: node test/golden/record-filters.mjs
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const CAPTURES = ['crafted', 'real', 'cut', 'tunnels']

/** Stamps of the records, which tell a frame from all others of its capture. */
function stamps(file) {
  const found = []
  for (let at = 24; at + 16 <= file.length; at += 16 + file.readUInt32LE(at + 8)) {
    found.push(`${file.readUInt32LE(at)}.${file.readUInt32LE(at + 4)}.${file.readUInt32LE(at + 8)}`)
  }
  return found
}

function ranges(numbers) {
  const parts = []
  for (let i = 0; i < numbers.length; i++) {
    let j = i
    while (numbers[j + 1] === numbers[j] + 1) j++
    parts.push(j > i ? `${numbers[i]}-${numbers[j]}` : `${numbers[i]}`)
    i = j
  }
  return parts.join()
}

const originals = new Map(CAPTURES.map(name => {
  const all = stamps(readFileSync(`${here}/${name}.pcap`))
  const index = new Map(all.map((stamp, i) => [stamp, i + 1]))
  if (index.size !== all.length) throw new Error(`two frames of ${name}.pcap have one stamp`)
  return [name, index]
}))

const records = readFileSync(`${here}/filters.txt`, 'utf8').split('\n').filter(line => line !== '').map(filter => {
  const record = { filter }
  for (const name of CAPTURES) {
    // Without a network, so that no name server is asked.
    const run = spawnSync('unshare', ['-n', 'tcpdump', '-r', `${here}/${name}.pcap`, '-w', '-', '--', filter])
    const said = run.stderr.toString().split('\n').filter(line => line.startsWith('tcpdump: '))
    if (said.length > 0) return { filter, error: said.join('\n') }
    record[name] = ranges(stamps(run.stdout).map(stamp => originals.get(name).get(stamp)))
  }
  return record
})
writeFileSync(`${here}/filters.json`, `[\n${records.map(record => JSON.stringify(record)).join(',\n')}\n]\n`)
console.log(`${records.length} filters, ${records.filter(record => record.error).length} of them refused`)

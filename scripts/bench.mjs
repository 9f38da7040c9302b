// Runs benches: npm run -s bench -- NAME... [--record]
//
// Each bench/NAME.ts is bundled by rolldown (the bundler inside vite) into node_modules/.cache and run alone in a node
// of its own. Its JSON lines go to stdout as they are; how they compare with bench/baselines.json goes to stderr.
// --record writes them there as the new baseline. Without a name: lists the names; `all` runs every bench.

import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import readline from 'node:readline'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const benchDir = path.join(root, 'bench')
const cacheDir = path.join(root, 'node_modules', '.cache', 'netarium-bench')
const baselineFile = path.join(benchDir, 'baselines.json')
const NOT_BENCHES = ['harness', 'labs', 'network', 'paced-sender', 'prefixes']

const names = readdirSync(benchDir)
  .filter(file => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  .map(file => file.slice(0, -3))
  .filter(name => !NOT_BENCHES.includes(name))
  .sort()

async function bundle(name) {
  const entry = path.join(cacheDir, `${name}.entry.mjs`)
  const file = path.join(cacheDir, `${name}.mjs`)
  mkdirSync(cacheDir, { recursive: true })
  writeFileSync(entry, `import { run } from ${JSON.stringify(path.join(benchDir, `${name}.ts`))}\nawait run()\n`)
  const build = await rolldown({ input: entry, platform: 'node', logLevel: 'warn' })
  await build.write({ file, format: 'esm', sourcemap: true, codeSplitting: false })
  await build.close()
  return file
}

async function run(name) {
  const file = await bundle(name)
  const child = spawn(process.execPath, ['--expose-gc', '--enable-source-maps', file], {
    cwd: root, stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise(resolve => child.on('close', resolve))
  const figures = []
  for await (const line of readline.createInterface({ input: child.stdout })) {
    console.log(line)
    if (line.startsWith('{')) figures.push(JSON.parse(line))
  }
  const status = await ended
  if (status !== 0) throw new Error(`bench ${name} ended with status ${status}`)
  return figures
}

function compare(figures, baselines) {
  for (const figure of figures) {
    const known = baselines[figure.bench]?.[figure.case]
    if (known === undefined) continue
    const ratio = (figure.value / known.value).toFixed(2)
    console.error(`${figure.bench} ${figure.case}: ${figure.value} ${figure.unit}, ` +
      `${ratio} x the baseline ${known.value} of ${known.date}`)
  }
}

function record(figures, baselines) {
  const machine = `${os.cpus()[0].model.trim()}, ${os.cpus().length} CPUs, ${os.platform()} ${os.arch()}, ` +
    `node ${process.versions.node}`
  const date = new Date().toISOString().slice(0, 10)
  for (const name of new Set(figures.map(figure => figure.bench))) {
    const cases = {}
    const own = figures.filter(figure => figure.bench === name)
    for (const figure of own) {
      if (figure.case.startsWith('ceiling:')) continue
      const ceiling = own.find(other => other.case === `ceiling:${figure.case}`)
      cases[figure.case] = {
        value: figure.value, unit: figure.unit, ...(ceiling && { ceiling: ceiling.value }), date, machine,
      }
    }
    baselines[name] = cases
  }
  const sorted = Object.fromEntries(Object.entries(baselines).sort(([a], [b]) => (a < b ? -1 : 1)))
  const lines = Object.entries(sorted).map(([name, cases]) => `  ${JSON.stringify(name)}: {\n` +
    Object.entries(cases).map(([key, value]) => `    ${JSON.stringify(key)}: ${JSON.stringify(value)}`).join(',\n') +
    '\n  }')
  writeFileSync(baselineFile, `{\n${lines.join(',\n')}\n}\n`)
}

const args = process.argv.slice(2)
const recording = args.includes('--record')
const wanted = args.includes('all') ? names : args.filter(arg => arg !== '--record')
const unknown = wanted.filter(name => !names.includes(name))
if (wanted.length === 0 || unknown.length > 0) {
  if (unknown.length > 0) console.error(`no bench named ${unknown.join(', ')}`)
  console.error(`usage: npm run -s bench -- NAME... [--record]\nnames: all ${names.join(' ')}`)
  process.exit(unknown.length > 0 ? 2 : 0)
}
for (const name of wanted) {
  const figures = await run(name)
  const baselines = existsSync(baselineFile) ? JSON.parse(readFileSync(baselineFile, 'utf8')) : {}
  compare(figures, baselines)
  if (recording) record(figures, baselines)
}

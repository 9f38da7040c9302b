/** The long run: see fuzz.mjs. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { formatComparison } from '../../../src/node/kernel/report.ts'
import { formatDifference, type LabKind, labOf, runCampaign } from './campaign.ts'
import { recordFound } from './found.ts'
import { labText } from './fuzz-lab.ts'
import { Workers } from './worker.ts'

const USAGE = `Usage: node test/kernel/fuzz/fuzz.mjs [--seed N] [--count M] [--jobs J] [--kind static|packet]
          [--out DIR] [--no-shrink] [--show]
       node test/kernel/fuzz/fuzz.mjs --record FILE.yaml ...
`

/** Records labs in which something was found; returns 1 when one still differs. */
async function record(paths: readonly string[], machine: string): Promise<number> {
  const workers = new Workers(4, machine)
  try {
    const comparisons = await Promise.all(paths.map(path => recordFound(path, workers)))
    for (const comparison of comparisons) if (!comparison.equal) process.stdout.write(formatComparison(comparison))
    return comparisons.every(({ equal }) => equal) ? 0 : 1
  } finally {
    workers.close()
  }
}

/** machine: path of machine.py. Returns the exit status: 1 when anything differs. */
export async function main(args: readonly string[], machine: string): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args], allowPositionals: true,
    options: {
      seed: { type: 'string', default: '1' }, count: { type: 'string', default: '100' },
      jobs: { type: 'string', default: '16' },
      kind: { type: 'string' }, out: { type: 'string' }, 'no-shrink': { type: 'boolean', default: false },
      show: { type: 'boolean', default: false }, help: { type: 'boolean', default: false },
      record: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(USAGE)
    return 0
  }
  if (values.record) return record(positionals, machine)
  const kinds: LabKind[] = values.kind === 'static' || values.kind === 'packet' ? [values.kind] : ['static', 'packet']
  const seed = Number(values.seed)
  if (values.show) {
    process.stdout.write(labText(labOf(seed, kinds)))
    return 0
  }
  const { out } = values
  if (out !== undefined) mkdirSync(out, { recursive: true })
  const started = process.hrtime.bigint()
  const results = await runCampaign({
    seed, count: Number(values.count), jobs: Number(values.jobs), kinds, shrinking: !values['no-shrink'], machine,
    onResult: (result, of, done) => {
      if (done % 100 === 0) process.stderr.write(`${done} labs\n`)
      if (result.refused !== null) process.stdout.write(`seed ${of}: refused: ${result.refused}\n`)
      if (result.difference === null) return
      process.stdout.write(`==== seed ${of}: ${formatDifference(result)}\n`)
      if (out !== undefined) writeFileSync(`${out}/${result.lab.name}.yaml`, labText(result.difference.lab))
    },
  })
  const count = (test: (result: typeof results[number]) => boolean): number => results.filter(test).length
  const sum = (of: (result: typeof results[number]) => number): number => results.reduce((total, each) => total + of(each), 0)
  const differing = count(({ difference }) => difference !== null)
  const seconds = Number(process.hrtime.bigint() - started) / 1e9
  const figures = [
    `${differing} differ`, `${count(({ tie }) => tie)} by order at one instant`,
    `${count(({ refused }) => refused !== null)} refused`, `${count(({ attempts }) => attempts > 1)} played again`,
    `${count(({ frames }) => frames > 0)} with frames`, `${sum(({ frames }) => frames)} frames`,
    `${sum(({ commands }) => commands)} commands`, `${seconds.toFixed(0)} s`,
  ]
  process.stdout.write(`${results.length} labs from seed ${seed}: ${figures.join(', ')}\n`)
  return differing === 0 ? 0 : 1
}

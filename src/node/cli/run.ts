import { writeFileSync } from 'node:fs'
import { Lab } from '../../lab/lab.ts'
import { formatJunit, formatReport, type Paint, reportDocument } from '../../lab/run-report.ts'
import { parseDuration, Refusal } from '../../lab/units.ts'
import { BadInput, EXIT_CHECK_FAILED, EXIT_DONE, openLab, printJson, showsProgress } from './context.ts'

export interface RunOptions {
  readonly seed?: string
  readonly until?: string
  readonly pcap?: string
  readonly junit?: string
  readonly json?: boolean
}

/** `netarium run LAB`: script and checks, headless; a table of checks, figures and the journal hash. */
export async function run(name: string, options: RunOptions): Promise<number> {
  const untilNs = options.until === undefined ? undefined : durationOf('--until', options.until)
  const lab = await Lab.fromModel(openLab(name), { seed: seedOf(options.seed) })
  const stop = showsProgress() ? showTime(lab) : () => {}
  const report = await lab.run({ untilNs })
  stop()
  if (options.pcap !== undefined) save(options.pcap, lab.pcapng())
  if (options.junit !== undefined) save(options.junit, formatJunit(report))
  if (options.json === true) printJson(reportDocument(report))
  else process.stdout.write(formatReport(report, process.stdout.isTTY ? colours : undefined))
  return report.ok ? EXIT_DONE : EXIT_CHECK_FAILED
}

/** The seed an option gives; undefined: the lab's own. */
export function seedOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const seed = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(seed)) {
    throw new BadInput(`--seed ${text}: a seed is a whole number from 0 to 9007199254740991`)
  }
  return seed
}

/** A point in virtual time that an option gives, ns. */
export function durationOf(option: string, text: string): number {
  const value = parseDuration(text)
  if (value instanceof Refusal) throw new BadInput(`${option} ${text}: ${value.message}; ${value.hint}`)
  return value
}

function save(file: string, content: string | Uint8Array): void {
  try {
    writeFileSync(file, content)
  } catch (error) {
    throw new BadInput(`${file}: cannot be written: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** Shows how far virtual time is while a run takes long; returns what ends that. */
function showTime(lab: Lab): () => void {
  const timer = setInterval(() => { process.stderr.write(`\r${(lab.now / 1e9).toFixed(1)} s of virtual time`) }, 500)
  return () => {
    clearInterval(timer)
    process.stderr.write('\r\x1b[K')
  }
}

const CODES = { good: '32', bad: '31;1', dim: '2' }
const colours: Paint = (text, tone) => `\x1b[${CODES[tone]}m${text}\x1b[0m`

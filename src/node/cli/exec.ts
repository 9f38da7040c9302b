import { Lab } from '../../lab/lab.ts'
import { isConsole, runConsole } from './console.ts'
import { BadInput, openLab, printJson } from './context.ts'
import { durationOf, seedOf } from './run.ts'

export interface ExecOptions {
  readonly seed?: string
  readonly at?: string
  readonly json?: boolean
}

/** `netarium exec LAB NODE -- CMD…`: starts the lab, runs CMD on NODE in virtual time; the status is CMD's. */
export async function exec(name: string, node: string, words: readonly string[],
  options: ExecOptions): Promise<number> {
  if (words.length === 0) throw new BadInput('exec: say what to run: netarium exec LAB NODE -- CMD…')
  const atNs = options.at === undefined ? null : durationOf('--at', options.at)
  const lab = await Lab.fromModel(openLab(name), { seed: seedOf(options.seed), captures: false })
  const on = lab.node(node)
  if (atNs !== null) await lab.runScriptUntil(atNs)
  if (options.json !== true && isConsole(words)) return runConsole(lab, on, words)
  const command = words.length === 1 ? words[0] : words.map(quote).join(' ')
  const json = options.json === true
  const result = await on.exec(command, json ? {} : {
    onOutput: ({ stream, text }) => { (stream === 1 ? process.stdout : process.stderr).write(text) },
  })
  if (json) {
    const { status, stdout, stderr, startedAtNs, endedAtNs } = result
    printJson({ lab: lab.model.name, node, command, status, stdout, stderr, startedAtNs, endedAtNs })
  }
  return result.status
}

/** A word as the shell takes it literally. */
function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

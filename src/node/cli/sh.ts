import { fstatSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import type { Host } from '../../host/host.ts'
import { defineLab } from '../../lab/define.ts'
import { Lab, type LabNode } from '../../lab/lab.ts'
import type { LabModel } from '../../lab/model.ts'
import { BadInput, openLab, printJson } from './context.ts'
import { seedOf } from './run.ts'

export interface ShOptions {
  readonly seed?: string
  readonly on?: string
  readonly json?: boolean
}

/** Files beside a script that are read in with it. */
const FILES_LIMIT = 2000
const FILE_SIZE_LIMIT = 8 * 1024 * 1024
const DEPTH_LIMIT = 3

/**
 * `netarium sh [LAB] -- bash SCRIPT [ARG…]`: runs an unchanged Linux script in virtual time; the status is its own.
 *
 * Without LAB there is one machine, "debian", with nothing but a loopback: what the script makes of namespaces, veths
 * and bridges lies on it. With LAB it is the lab's first host, or the node of --on. The script and the files of its
 * folder are there under their own paths; what the script writes stays on the machine and is gone with it.
 *
 * before: the words before `--`; words: those behind it.
 */
export async function sh(before: readonly string[], words: readonly string[], options: ShOptions): Promise<number> {
  if (words.length === 0) throw new BadInput('sh: say what to run: netarium sh [LAB] -- bash SCRIPT')
  if (before.length > 1) throw new BadInput(`sh: one lab at most, not also "${before[1]}"; the command stands behind --`)
  if (before.length === 0 && options.on !== undefined) throw new BadInput('sh: --on names a node of a lab; give the lab')
  const model = before.length === 0 ? oneMachine() : openLab(before[0])
  const lab = await Lab.fromModel(model, { seed: seedOf(options.seed), captures: false })
  const node = nodeOf(lab, model, options.on)
  const argv = asProgram(words)
  readIn(node.host, argv)
  const json = options.json === true
  const stdin = standardInput()
  const command = argv.map(quote).join(' ')
  const result = await node.exec(command, {
    cwd: process.cwd(), ...(stdin === null ? {} : { stdin }),
    ...(json ? {} : {
      onOutput: ({ stream, text }) => { (stream === 1 ? process.stdout : process.stderr).write(text) },
    }),
  })
  if (json) {
    const { status, stdout, stderr, startedAtNs, endedAtNs } = result
    printJson({ lab: lab.model.name, node: node.name, command, status, stdout, stderr, startedAtNs, endedAtNs })
  }
  return result.status
}

/** A machine for scripts that bring their own network. */
function oneMachine(): LabModel {
  return defineLab('machine', (d) => { d.host('debian') })
}

function nodeOf(lab: Lab, model: LabModel, name: string | undefined): LabNode {
  if (name !== undefined) return lab.node(name)
  const first = model.nodes.find(({ kind }) => kind === 'host') ?? model.nodes.at(0)
  if (first === undefined) throw new BadInput('sh: the lab has no nodes')
  return lab.node(first.name)
}

/** A script that is called by its own path runs in the shell of its first line. */
function asProgram(words: readonly string[]): readonly string[] {
  const [program] = words
  if (!program.includes('/') || !isFile(program)) return words
  const shell = /^#!\s*(?:\/usr\/bin\/env\s+)?(\S+)/.exec(readFileSync(program, 'utf8'))?.[1] ?? 'bash'
  return [basename(shell), ...words]
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** Puts the files that the command names on the machine, and those in the folder of the first of them, the script. */
function readIn(host: Host, argv: readonly string[]): void {
  const named = argv.slice(1).filter(isFile).map((path) => resolve(path))
  const copied = new Set<string>()
  for (const path of named) copyFile(host, path, copied)
  if (named.length > 0) copyFolder(host, dirname(named[0]), 1, copied)
}

function copyFolder(host: Host, folder: string, depth: number, copied: Set<string>): void {
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => a.name < b.name ? -1 : 1)) {
    const path = join(folder, entry.name)
    if (entry.name.startsWith('.') || entry.name === 'node_modules' || copied.size >= FILES_LIMIT) continue
    if (entry.isFile()) copyFile(host, path, copied)
    else if (entry.isDirectory() && depth < DEPTH_LIMIT) copyFolder(host, path, depth + 1, copied)
  }
}

function copyFile(host: Host, path: string, copied: Set<string>): void {
  if (copied.has(path) || statSync(path).size > FILE_SIZE_LIMIT) return
  try {
    host.files.writeFile(path, readFileSync(path))
    copied.add(path)
  } catch {
    // A file that cannot be read is not there for the script either.
  }
}

/** The standard input, if it is a file: who stands at a terminal or a pipe may never come to an end. */
function standardInput(): string | null {
  try {
    return fstatSync(0).isFile() ? readFileSync(0, 'utf8') : null
  } catch {
    return null
  }
}

/** A word as the shell takes it literally. */
function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

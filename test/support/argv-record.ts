import { readFileSync } from 'node:fs'
import type { ProgramRegistry } from '../../src/host/host.ts'
import { RecordedNetwork } from './recorded.ts'

/** A list of arguments and what the real program made of it: a line of what record-argv.mjs writes. */
export interface RecordedArguments {
  readonly argv: readonly string[]
  readonly stdin?: string
  readonly stdout: string
  readonly stderr: string
  readonly status: number
}

/** A recording: the files that lay there, and the runs. */
export interface ArgumentsRecord {
  readonly files: Readonly<Record<string, string>>
  readonly runs: readonly RecordedArguments[]
}

export function readArgumentsRecord(url: URL): ArgumentsRecord {
  let files: Record<string, string> = {}
  const runs: RecordedArguments[] = []
  for (const line of readFileSync(url, 'utf8').split('\n').filter((each) => each !== '')) {
    const entry = JSON.parse(line) as { files: Record<string, string> } | RecordedArguments // our own recorder wrote it
    if ('files' in entry) files = entry.files
    else runs.push(entry)
  }
  return { files, runs }
}

const ENV = { HOME: '/root', PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8', TZ: 'UTC' }

/** Runs a list of arguments on a host of its own, with the recording's files. */
export async function runArguments(programs: ProgramRegistry, { argv, stdin }: RecordedArguments,
  files: ArgumentsRecord['files']): Promise<Pick<RecordedArguments, 'stdout' | 'stderr' | 'status'> & { failure: unknown }> {
  const network = new RecordedNetwork(programs)
  const host = network.host('a')
  for (const [name, text] of Object.entries(files)) host.files.writeFile(`/root/${name}`, text)
  const process = host.spawn(argv, { stdin: stdin ?? '', env: ENV })
  const { stdout, stderr, status, failure } = await host.finish(process, network.simulation.nowNs + 10e9)
  return { stdout, stderr, status, failure }
}

import { notModelled } from '../not-modelled.ts'
import { type Arguments, EXIT_USAGE, Failure, matches } from './arguments.ts'
import type { Context } from './context.ts'
import { NETNS_USAGE } from './usage.ts'

/** `ip netns list` and `ip netns exec`. */
export async function runNetns(context: Context, args: Arguments): Promise<number> {
  if (args.done || matches(args.word, 'list') || matches(args.word, 'show') || matches(args.word, 'lst')) {
    for (const name of context.process.host.namespaces.keys()) if (name !== '') context.printer.text(`${name}\n`)
    return 0
  }
  if (args.word === 'help') throw new Failure(NETNS_USAGE, EXIT_USAGE)
  if (matches(args.word, 'exec')) {
    args.advance()
    return exec(context, args.rest)
  }
  const known = ['list-id', 'add', 'set', 'delete', 'identify', 'pids', 'monitor', 'attach']
    .find((word) => matches(args.word, word))
  const unknown = `Command "${args.word}" is unknown, try "ip netns help".\n`
  throw new Failure(known === undefined ? unknown : `${unknown}${notModelled('ip netns', known)}`, EXIT_USAGE)
}

async function exec(context: Context, words: readonly string[]): Promise<number> {
  const [name, ...command] = words
  if (name === undefined) throw new Failure('No netns name specified\n', 1)
  if (command.length === 0) throw new Failure('No command specified\n', 1)
  if (name === '' || !context.process.host.namespaces.has(name)) {
    throw new Failure(`Cannot open network namespace "${name}": No such file or directory\n`, EXIT_USAGE)
  }
  const child = context.process.spawn(command, { namespace: name })
  return context.process.waitExit(child)
}

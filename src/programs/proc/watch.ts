import { CAPTURE_EPOCH_SECONDS } from '../../capture/capture-file.ts'
import { Pipe } from '../../host/pipe.ts'
import type { Process, Program } from '../../host/process.ts'
import { strtod } from '../c-number.ts'
import { notModelled } from '../not-modelled.ts'
import { strftime } from '../strftime.ts'
import { gnuProgram, type GnuSpec } from '../text/gnu.ts'

/**
 * watch of procps 4.0.2. The real one draws by ncurses, which sends only what differs from the screen before; this one
 * clears a screen of 80 columns and 24 lines each time and writes it anew: what is seen is the same.
 */
const USAGE = `
Usage:
 watch [options] command

Options:
  -b, --beep             beep if command has a non-zero exit
  -c, --color            interpret ANSI color and style sequences
  -d, --differences[=<permanent>]
                         highlight changes between updates
  -e, --errexit          exit if command has a non-zero exit
  -g, --chgexit          exit when output from command changes
  -q, --equexit <cycles>
                         exit when output from command does not change
  -n, --interval <secs>  seconds to wait between updates
  -p, --precise          attempt run command in precise intervals
  -t, --no-title         turn off header
  -w, --no-wrap          turn off line wrapping
  -x, --exec             pass command to exec instead of "sh -c"

 -h, --help     display this help and exit
 -v, --version  output version information and exit

For more details see watch(1).
`
const SPEC: GnuSpec = {
  short: '+bcd::egq:n:ptwxhv',
  long: {
    'beep': 'b', 'color': 'c', 'differences': 'd?', 'errexit': 'e', 'chgexit': 'g', 'equexit=': 'q', 'interval=': 'n',
    'precise': 'p', 'no-title': 't', 'no-wrap': 'w', 'exec': 'x',
  },
  lacks: ['b', 'c', 'q', 'p', 'w', 'h', 'v'],
  usage: () => USAGE,
}
const COLUMNS = 80
const ROWS = 24
const CLEAR = '\x1b[H\x1b[2J'
/** Seconds; what is longer is cut to it. */
const LONGEST = 2_678_400

export const watch: Program = gnuProgram(SPEC, async (process, args) => {
  let interval = 2
  const permanent = args.value('d') ?? ''
  for (const { name, value } of args.options) {
    if (name !== 'n') continue
    const { value: seconds, rest } = strtod(value)
    if (value === '' || rest !== '' || Number.isNaN(seconds)) {
      const why = value === '' ? 'No such file or directory' : 'Invalid argument'
      throw args.error(`failed to parse argument: '${value}': ${why}`)
    }
    interval = Math.min(LONGEST, Math.max(0.1, seconds))
  }
  if (args.operands.length === 0) {
    process.stderr.write(USAGE)
    return 1
  }
  if (permanent !== '') {
    process.stderr.write(notModelled('watch', `-d${permanent}`))
    return 1
  }
  const command = args.operands.join(' ')
  const argv = args.has('x') ? args.operands : ['sh', '-c', command]
  let before: string | null = null
  for (;;) {
    const { output, status } = await capture(process, argv)
    const header = args.has('t') ? '' : headerOf(process, interval, command)
    const shown = screen(output, ROWS - (args.has('t') ? 0 : 2))
    process.stdout.write(CLEAR + header + (args.has('d') ? marked(shown, before) : shown))
    if (args.has('e') && status !== 0) {
      process.stdout.write('command exit with a non-zero status, press a key to exit')
      await process.stdin.readBytes(1)
      return 8
    }
    if (args.has('g') && before !== null && before !== shown) return 0
    before = shown
    await process.sleep(Math.round(interval * 1e9))
  }
})

/** What a command writes, on both outputs, and its status. */
async function capture(process: Process, argv: readonly string[]): Promise<{ output: string, status: number }> {
  const pipe = new Pipe()
  const child = process.spawn(argv, { descriptors: new Map([[1, pipe.writer], [2, pipe.writer]]) })
  const input = process.input(pipe.reader)
  const output = await input.readAll()
  process.close(input.fd)
  return { output, status: await process.waitExit(child) }
}

/** Left the interval and the command, right the machine and the time; then an empty line. */
function headerOf(process: Process, interval: number, command: string): string {
  const left = `Every ${interval.toFixed(1)}s: `
  const time = strftime('%a %b %e %H:%M:%S %Y', CAPTURE_EPOCH_SECONDS + process.nowNs / 1e9)
  const right = `${process.host.name}: ${time}`
  const room = Math.max(0, COLUMNS - left.length - right.length - 1)
  const shown = command.length <= room ? command : room > 4 ? `${command.slice(0, room - 4)}... ` : ''
  return `${left}${shown}`.padEnd(COLUMNS - right.length) + `${right}\n\n`
}

/** The lines that fit: long ones go on in the next, tabs are eight columns wide. */
function screen(text: string, rows: number): string {
  const lines: string[] = []
  for (const line of text.replace(/\n$/, '').split('\n')) {
    let expanded = ''
    for (const character of line) expanded += character === '\t' ? ' '.repeat(8 - expanded.length % 8) : character
    for (let at = 0; at === 0 || at < expanded.length; at += COLUMNS) lines.push(expanded.slice(at, at + COLUMNS))
    if (lines.length >= rows) break
  }
  return lines.slice(0, rows).join('\n')
}

/** What has changed since the screen before, in reverse. */
function marked(text: string, before: string | null): string {
  if (before === null) return text
  const old = before.split('\n')
  return text.split('\n').map((line, row) => {
    let result = ''
    for (let i = 0; i < line.length; i++) {
      result += line[i] === (old[row]?.[i] ?? ' ') ? line[i] : `\x1b[7m${line[i]}\x1b[27m`
    }
    return result
  }).join('\n')
}

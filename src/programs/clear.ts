import type { Program } from '../host/process.ts'
import { getopt } from './getopt.ts'

/** clear of ncurses 6.4: the cursor home, the screen empty, and what has scrolled away forgotten. */
const USAGE = `Usage: clear [options]

Options:
  -T TERM     use this instead of $TERM
  -V          print curses-version
  -x          do not try to clear scrollback
`

/** Terminals that can do no such thing, but are known; and those that are like xterm. */
const DUMB = new Set(['dumb', 'unknown'])
const LIKE_XTERM = /^(?:xterm|linux|vt|screen|tmux|rxvt|ansi)/

export const clear: Program = async (process) => {
  const complaints: string[] = []
  // It knows no long options: "--nosuch" is the short option "-".
  const words = process.argv.map((word) => word.startsWith('--') && word !== '--' ? `-?${word.slice(2)}` : word)
  const { options, operands } = getopt(words, { short: 'T:Vx' }, (text) => complaints.push(text.replace("'?'", "'-'")))
  let terminal = process.env.TERM ?? 'xterm'
  let keep = false
  for (const { name, value } of options) {
    if (name === '?') {
      process.stderr.write(complaints[0] + USAGE)
      return 1
    }
    if (name === 'V') {
      process.stdout.write('ncurses 6.4.20221231\n')
      return 0
    }
    if (name === 'T') terminal = value
    else keep = true
  }
  if (operands.length > 0) {
    process.stderr.write(USAGE)
    return 1
  }
  if (DUMB.has(terminal)) return 1
  if (!LIKE_XTERM.test(terminal)) {
    process.stderr.write(`'${terminal}': unknown terminal type.\n`)
    return 1
  }
  process.stdout.write(keep ? '\x1b[H\x1b[2J' : '\x1b[H\x1b[2J\x1b[3J')
  return 0
}

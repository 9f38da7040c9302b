import type { Shell } from './shell.ts'

/** Where programs are looked for. There are no files behind them: a name is a program wherever Debian installs such. */
const DIRECTORIES = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']
const SBIN = new Set(['arp', 'bridge', 'ethtool', 'ifconfig', 'route', 'sysctl', 'tc', 'iptables', 'nft', 'ipmaddr', 'rarp'])

/** What a command's name leads to: status 0, or bash's words and status (126: cannot be run, 127: is not there). */
export function findCommand(shell: Shell, name: string): { readonly status: number, readonly message: string } {
  const { host } = shell.process
  if (name.includes('/')) {
    const full = shell.process.resolve(name)
    if (shell.isDirectory(name)) return { status: 126, message: 'Is a directory' }
    if (host.findProgram(full) !== null) return FOUND
    // Files here have no permission to be run: they are written, never installed.
    if (shell.exists(name)) return { status: 126, message: 'Permission denied' }
    return { status: 127, message: 'No such file or directory' }
  }
  if (searched(shell) && name !== '' && host.findProgram(name) !== null) return FOUND
  return (shell.variables.get('PATH') ?? '') === '' ? { status: 127, message: 'No such file or directory' }
    : { status: 127, message: 'command not found' }
}

const FOUND = { status: 0, message: '' }

/** Whether $PATH leads to the programs at all. */
function searched(shell: Shell): boolean {
  const path = shell.variables.get('PATH')
  return path !== undefined && path.split(':').some((directory) => DIRECTORIES.includes(directory))
}

/** The path of a program, for `type`, `command -v` and $_. */
export function pathOf(name: string): string {
  return `/usr/${SBIN.has(name) ? 'sbin' : 'bin'}/${name}`
}

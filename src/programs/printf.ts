import type { Process } from '../host/process.ts'
import { formatPrintf } from './c-printf.ts'
import { printfHelp, PRINTF_VERSION } from './printf-help.ts'

/** printf FORMAT [ARGUMENT]...: coreutils 9.1. */
export async function printf(process: Process): Promise<number> {
  const name = process.argv[0]
  let words = process.argv.slice(1)
  if (words.length === 1 && words[0] === '--help') {
    process.stdout.write(printfHelp(name))
    return 0
  }
  if (words.length === 1 && words[0] === '--version') {
    process.stdout.write(PRINTF_VERSION)
    return 0
  }
  if (words[0] === '--') words = words.slice(1)
  if (words.length === 0) {
    process.stderr.write(`${name}: missing operand\nTry '${name} --help' for more information.\n`)
    return 1
  }
  const result = formatPrintf(words[0], words.slice(1), { kind: 'coreutils', prefix: `${name}: ` })
  process.stdout.write(result.output)
  process.stderr.write(result.errors)
  return result.status
}

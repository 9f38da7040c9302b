import type { Program } from '../../host/process.ts'
import { egrep, fgrep, grep } from './grep.ts'
import { sed } from './sed.ts'

/** The programs that read, cut and print text, by name. */
export const TEXT_PROGRAMS: readonly (readonly [string, Program])[] = [
  ['egrep', egrep],
  ['fgrep', fgrep],
  ['grep', grep],
  ['sed', sed],
]

import type { Program } from '../../host/process.ts'
import { cat, nl, rev, tac, tee } from './cat.ts'
import { comm, cut, paste, uniq } from './fields.ts'
import { egrep, fgrep, grep } from './grep.ts'
import { head, tail } from './head-tail.ts'
import { sed } from './sed.ts'
import { fold, seq, yes } from './seq.ts'
import { sort } from './sort.ts'
import { tr } from './tr.ts'
import { wc } from './wc.ts'
import { xargs } from './xargs.ts'

/** The programs that read, cut and print text, by name. */
export const TEXT_PROGRAMS: readonly (readonly [string, Program])[] = [
  ['cat', cat], ['comm', comm], ['cut', cut], ['egrep', egrep], ['fgrep', fgrep], ['fold', fold], ['grep', grep],
  ['head', head], ['nl', nl], ['paste', paste], ['rev', rev], ['sed', sed], ['seq', seq], ['sort', sort], ['tac', tac],
  ['tail', tail], ['tee', tee], ['tr', tr], ['uniq', uniq], ['wc', wc], ['xargs', xargs], ['yes', yes],
]

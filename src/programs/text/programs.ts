import type { Program } from '../../host/process.ts'
import { cat, nl, rev, tac, tee } from './cat.ts'
import { column } from './column.ts'
import { base64, cksum, md5sum, sha1sum, sha256sum } from './digests.ts'
import { comm, cut, paste, uniq } from './fields.ts'
import { egrep, fgrep, grep } from './grep.ts'
import { head, tail } from './head-tail.ts'
import { hexdump } from './hexdump.ts'
import { join } from './join.ts'
import { od } from './od.ts'
import { sed } from './sed.ts'
import { fold, seq, yes } from './seq.ts'
import { sort } from './sort.ts'
import { tr } from './tr.ts'
import { wc } from './wc.ts'
import { xargs } from './xargs.ts'
import { xxd } from './xxd.ts'

/** The programs that read, cut and print text, by name. */
export const TEXT_PROGRAMS: readonly (readonly [string, Program])[] = [
  ['base64', base64], ['cat', cat], ['cksum', cksum], ['column', column], ['comm', comm], ['cut', cut],
  ['egrep', egrep], ['fgrep', fgrep], ['fold', fold], ['grep', grep], ['hexdump', hexdump], ['join', join],
  ['md5sum', md5sum], ['od', od], ['sha1sum', sha1sum], ['sha256sum', sha256sum], ['head', head], ['nl', nl],
  ['paste', paste], ['rev', rev], ['sed', sed], ['seq', seq], ['sort', sort], ['tac', tac], ['tail', tail],
  ['tee', tee], ['tr', tr], ['uniq', uniq], ['wc', wc], ['xargs', xargs], ['xxd', xxd], ['yes', yes],
]

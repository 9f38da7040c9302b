import type { Program } from '../../host/process.ts'
import { find } from './find.ts'
import { ls, stat } from './ls.ts'
import { cp, mkdir, mktemp, mv, rm, rmdir, touch } from './make-remove.ts'
import { basename, dirname, readlink, realpath, which } from './paths.ts'

/** The programs that make, name and list files. */
export const FILE_PROGRAMS: readonly (readonly [string, Program])[] = [
  ['basename', basename], ['cp', cp], ['dirname', dirname], ['find', find],
  ['ls', ls], ['mkdir', mkdir], ['mktemp', mktemp], ['mv', mv],
  ['readlink', readlink], ['realpath', realpath], ['rm', rm], ['rmdir', rmdir], ['stat', stat], ['touch', touch],
  ['which', which],
]

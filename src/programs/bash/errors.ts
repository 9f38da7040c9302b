import { strerror } from '../../base/errno.ts'

/** "No such file or directory" for a negative errno. */
export function reason(error: number): string {
  return strerror(-error)
}

/** What is there in bash and not here: refused by name, never accepted and ignored. */
export function notModelled(what: string): string {
  return `netarium: ${what}: not modelled`
}

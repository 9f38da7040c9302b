import type { NetlinkMessage } from './messages.ts'

/** What a part answers: 0 or -errno, with the kernel's sentence in `extack`, and messages. */
export class Answer {
  /** The kernel's sentence; ''. */
  text = ''
  readonly messages: NetlinkMessage[] = []
}

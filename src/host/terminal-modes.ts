/**
 * What tcsetattr() sets, as far as it is modelled (termios(3)): the flags of the line discipline, by their lower-case
 * names, and its special characters. 0 means that there is no such character.
 */
export interface TerminalModes {
  readonly icanon: boolean
  readonly isig: boolean
  readonly iexten: boolean
  readonly echo: boolean
  readonly echoe: boolean
  readonly echok: boolean
  readonly echoke: boolean
  readonly echoctl: boolean
  readonly noflsh: boolean
  readonly icrnl: boolean
  readonly ixon: boolean
  readonly iutf8: boolean
  readonly imaxbel: boolean
  readonly opost: boolean
  readonly onlcr: boolean
  readonly vintr: number
  readonly vquit: number
  readonly verase: number
  readonly vkill: number
  readonly veof: number
  readonly vsusp: number
  readonly vwerase: number
  readonly vreprint: number
  readonly vlnext: number
  readonly vstart: number
  readonly vstop: number
}

/** How a new terminal is set: tty_std_termios of the kernel, and IUTF8, which terminal emulators add. */
export const COOKED: TerminalModes = {
  icanon: true, isig: true, iexten: true, echo: true, echoe: true, echok: true, echoke: true, echoctl: true,
  noflsh: false, icrnl: true, ixon: true, iutf8: true, imaxbel: true, opost: true, onlcr: true,
  vintr: 0x03, vquit: 0x1c, verase: 0x7f, vkill: 0x15, veof: 0x04, vsusp: 0x1a, vwerase: 0x17, vreprint: 0x12,
  vlnext: 0x16, vstart: 0x11, vstop: 0x13,
}

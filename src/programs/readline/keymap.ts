/** The commands of the editor, by the names that readline(3) has for them, and the keys that call them (emacs mode). */
const BINDINGS: Readonly<Record<string, readonly string[]>> = {
  'set-mark': ['\x00', '\x1b '],
  'beginning-of-line': ['\x01', '\x1b[H', '\x1bOH', '\x1b[1~'],
  'backward-char': ['\x02', '\x1b[D', '\x1bOD'],
  'delete-char': ['\x1b[3~'],
  'end-of-file': ['\x04'],
  'end-of-line': ['\x05', '\x1b[F', '\x1bOF', '\x1b[4~'],
  'forward-char': ['\x06', '\x1b[C', '\x1bOC'],
  'abort': ['\x07', '\x1b\x07', '\x18\x07'],
  'backward-delete-char': ['\x08', '\x7f'],
  'complete': ['\t', '\x1b\x1b'],
  'accept-line': ['\n', '\r'],
  'kill-line': ['\x0b'],
  'clear-screen': ['\x0c'],
  'clear-display': ['\x1b\x0c'],
  'next-history': ['\x0e', '\x1b[B', '\x1bOB'],
  'operate-and-get-next': ['\x0f'],
  'previous-history': ['\x10', '\x1b[A', '\x1bOA'],
  'quoted-insert': ['\x11', '\x16', '\x1b[2~'],
  'reverse-search-history': ['\x12'],
  'forward-search-history': ['\x13'],
  'transpose-chars': ['\x14'],
  'unix-line-discard': ['\x15'],
  'unix-word-rubout': ['\x17'],
  'yank': ['\x19'],
  'character-search': ['\x1d'],
  'character-search-backward': ['\x1b\x1d'],
  'undo': ['\x1f', '\x18\x15'],
  'exchange-point-and-mark': ['\x18\x18'],
  'backward-kill-line': ['\x18\x7f'],
  'backward-kill-word': ['\x1b\x7f', '\x1b\x08'],
  'yank-last-arg': ['\x1b.', '\x1b_'],
  'yank-nth-arg': ['\x1b\x19'],
  'insert-comment': ['\x1b#'],
  'insert-completions': ['\x1b*'],
  'possible-completions': ['\x1b?', '\x1b='],
  'delete-horizontal-space': ['\x1b\\'],
  'beginning-of-history': ['\x1b<'],
  'end-of-history': ['\x1b>'],
  'history-search-backward': ['\x1b[5~'],
  'history-search-forward': ['\x1b[6~'],
  'backward-word': ['\x1bb', '\x1bB', '\x1b[1;5D', '\x1b[5D', '\x1b\x1b[D', '\x1b[1;3D'],
  'capitalize-word': ['\x1bc', '\x1bC'],
  'kill-word': ['\x1bd', '\x1bD', '\x1b[3;5~'],
  'forward-word': ['\x1bf', '\x1bF', '\x1b[1;5C', '\x1b[5C', '\x1b\x1b[C', '\x1b[1;3C'],
  'downcase-word': ['\x1bl', '\x1bL'],
  'revert-line': ['\x1br', '\x1bR'],
  'transpose-words': ['\x1bt', '\x1bT'],
  'upcase-word': ['\x1bu', '\x1bU'],
  'yank-pop': ['\x1by', '\x1bY'],
  'digit-argument': ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '-'].map((digit) => `\x1b${digit}`),
  'bracketed-paste-begin': ['\x1b[200~'],
}

const COMMANDS = new Map<string, string>()
const PREFIXES = new Set<string>()

for (const [command, sequences] of Object.entries(BINDINGS)) {
  for (const sequence of sequences) {
    COMMANDS.set(sequence, command)
    for (let length = 1; length < sequence.length; length++) PREFIXES.add(sequence.slice(0, length))
  }
}

/** What keys do: a command's name, 'prefix' when more must come, 'self-insert', or null: nothing. */
export function bindingOf(sequence: string): string | null {
  const command = COMMANDS.get(sequence)
  if (PREFIXES.has(sequence)) return 'prefix'
  if (command !== undefined) return command
  const code = sequence.codePointAt(0) ?? 0
  return code >= 0x20 && code !== 0x7f && sequence.length === String.fromCodePoint(code).length ? 'self-insert' : null
}

/** What is coloured (lib/color.c): names of devices, MACs, IPv4 addresses, and the states UP and DOWN. */
export type Color = 'name' | 'mac' | 'inet' | 'up' | 'down'

/** The escape sequence that begins each. */
export type Palette = Readonly<Record<Color, string>>

const LIGHT: Palette = { name: '\u001b[36m', mac: '\u001b[33m', inet: '\u001b[35m', up: '\u001b[32m', down: '\u001b[31m' }
const DARK: Palette = {
  name: '\u001b[1;36m', mac: '\u001b[1;33m', inet: '\u001b[1;35m', up: '\u001b[1;32m', down: '\u001b[1;31m',
}

export const COLOR_END = '\u001b[0m'

/** Bold colours where COLORFGBG says that the background is dark: 0 to 6, or 8 (set_color_palette). */
export function paletteOf(background: string | undefined): Palette {
  return /;[0-68]$/.test(background ?? '') ? DARK : LIGHT
}

/** Of an operational state, or null. */
export function stateColor(state: string): Color | null {
  return state === 'UP' ? 'up' : state === 'DOWN' ? 'down' : null
}

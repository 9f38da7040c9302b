import { PROTOCOLS } from '../../messages.ts'

/** The theme's colours, as a canvas needs them: read from the tokens of theme.css. */
export interface Palette {
  readonly ground: string
  readonly surface: string
  readonly raised: string
  readonly line: string
  readonly lineStrong: string
  readonly ink: string
  readonly inkSoft: string
  readonly inkFaint: string
  readonly accent: string
  readonly accentInk: string
  readonly focus: string
  readonly good: string
  readonly bad: string
  readonly warn: string
  /** By number of Protocol. */
  readonly protocols: readonly string[]
  readonly sans: string
  readonly mono: string
}

export function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement)
  const token = (name: string): string => style.getPropertyValue(`--${name}`).trim()
  return {
    ground: token('ground'), surface: token('surface'), raised: token('raised'), line: token('line'),
    lineStrong: token('line-strong'), ink: token('ink'), inkSoft: token('ink-soft'), inkFaint: token('ink-faint'),
    accent: token('accent'), accentInk: token('accent-ink'), focus: token('focus'), good: token('good'), bad: token('bad'),
    warn: token('warn'), protocols: PROTOCOLS.map(token), sans: token('sans'), mono: token('mono'),
  }
}

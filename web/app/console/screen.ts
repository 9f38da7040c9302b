import { FitAddon } from '@xterm/addon-fit'
import { effect } from '@preact/signals'
import { Terminal } from '@xterm/xterm'
import '@xterm/xterm/css/xterm.css'
import { engine, type } from '../actions.ts'
import { clock, theme } from '../state.ts'
import { followOutput } from './outputs.ts'

/** Wait after the last change of the window before the console is told, ms: each telling is an input of the run. */
const RESIZE_MS = 300

const screens = new Map<number, Screen>()

/** A console's screen: an xterm.js terminal that lives as long as the page, in the room or out of sight. */
export class Screen {
  private readonly terminal = new Terminal({
    cols: 80, rows: 24, fontSize: 13, scrollback: 5000, cursorBlink: false,
    fontFamily: getComputedStyle(document.documentElement).getPropertyValue('--mono').trim(),
  })
  private readonly fit = new FitAddon()
  private readonly element = document.createElement('div')
  private observer: ResizeObserver | null = null
  private timer = 0

  private constructor(private readonly console: number) {
    this.element.className = 'console-terminal'
    this.terminal.loadAddon(this.fit)
    this.terminal.onData((text) => type(console, text))
    effect(() => { this.terminal.options.theme = colors(theme.value) })
    followOutput(console, (text, whole) => this.print(text, whole))
  }

  static of(console: number): Screen {
    const known = screens.get(console)
    if (known !== undefined) return known
    const screen = new Screen(console)
    screens.set(console, screen)
    return screen
  }

  show(place: HTMLElement): void {
    place.append(this.element)
    if (this.terminal.element === undefined) this.terminal.open(this.element)
    this.observer = new ResizeObserver(() => this.refit())
    this.observer.observe(place)
    this.terminal.focus()
  }

  hide(): void {
    this.observer?.disconnect()
    this.element.remove()
  }

  private print(text: string, whole: boolean): void {
    if (whole) this.terminal.reset()
    this.terminal.write(text)
  }

  /** Fits the terminal to the room. In the past the run keeps the size that it had then. */
  private refit(): void {
    window.clearTimeout(this.timer)
    this.timer = window.setTimeout(() => {
      const size = this.fit.proposeDimensions()
      const { nowNs, endNs } = clock.value
      if (size === undefined || !Number.isFinite(size.cols) || nowNs < endNs) return
      if (size.cols === this.terminal.cols && size.rows === this.terminal.rows) return
      this.terminal.resize(size.cols, size.rows)
      engine.order({ kind: 'resizeConsole', console: this.console, columns: size.cols, rows: size.rows })
    }, RESIZE_MS)
  }
}

/** The terminal's colours are those of the page. */
function colors(_theme: string): Record<string, string> {
  const style = getComputedStyle(document.documentElement)
  const token = (name: string): string => style.getPropertyValue(name).trim()
  return {
    background: token('--surface'), foreground: token('--ink'), cursor: token('--accent'), cursorAccent: token('--surface'),
    selectionBackground: token('--line-strong'), red: token('--bad'), green: token('--good'), yellow: token('--warn'),
    blue: token('--icmp'), magenta: token('--tcp'), cyan: token('--udp'), white: token('--ink'), black: token('--ground'),
    brightBlack: token('--ink-faint'), brightRed: token('--bad'), brightGreen: token('--good'),
    brightYellow: token('--warn'), brightBlue: token('--icmp'), brightMagenta: token('--tcp'), brightCyan: token('--udp'),
    brightWhite: token('--ink'),
  }
}

import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import type { FrameCounts } from '../../messages.ts'
import { scaleStep, tickText } from '../time/format.ts'
import type { Line } from './figure.tsx'
import { countText, ratesOf } from './summary.ts'

const HEIGHT = 96
const LEAST_WIDTH = 120

/** A uPlot in a place whose width it follows. It is made anew when its lines or colours change, else only fed. */
export class Plot {
  private plot: uPlot | null = null
  private made = ''
  private readonly observer: ResizeObserver

  constructor(private readonly place: HTMLElement) {
    this.observer = new ResizeObserver(() => this.plot?.setSize({ width: this.width, height: HEIGHT }))
    this.observer.observe(place)
  }

  show({ fromNs, binNs, series }: FrameCounts, unit: 'frames' | 'bits', line: (name: string) => Line): void {
    const times = Array.from(series[0]?.frames ?? [], (_, bin) => (fromNs + bin * binNs) / 1e9)
    const rates = series.map(({ frames, bytes }) => ratesOf(unit === 'frames' ? frames : bytes, unit, binNs))
    const lines = series.map(({ name }) => line(name))
    const key = `${document.documentElement.dataset.theme}${JSON.stringify(lines)}`
    if (key !== this.made || this.plot === null) {
      this.plot?.destroy()
      this.plot = new uPlot(optionsOf(lines, this.width), [times, ...rates], this.place)
      this.made = key
    } else this.plot.setData([times, ...rates])
  }

  end(): void {
    this.observer.disconnect()
    this.plot?.destroy()
    this.plot = null
  }

  private get width(): number {
    return Math.max(LEAST_WIDTH, this.place.clientWidth)
  }
}

function optionsOf(lines: readonly Line[], width: number): uPlot.Options {
  const style = getComputedStyle(document.documentElement)
  const token = (name: string): string => style.getPropertyValue(name).trim()
  const axis: uPlot.Axis = {
    stroke: token('--ink-faint'), grid: { stroke: token('--line'), width: 1 }, ticks: { show: false },
    font: `10.5px ${token('--sans')}`, gap: 3,
  }
  const stepped = uPlot.paths.stepped?.({ align: 1 })
  return {
    width, height: HEIGHT, legend: { show: false }, cursor: { show: false }, padding: [6, 8, 0, 0],
    scales: { x: { time: false }, y: { range: (_plot, _low, high) => [0, Math.max(1, high) * 1.1] } },
    axes: [
      { ...axis, size: 20, splits: (_plot, _axis, from, to) => splitsOf(from, to, width), values: (_plot, ticks) => ticks.map((seconds) => tickText(Math.round(seconds * 1e9))) },
      { ...axis, size: 44, space: 24, values: (_plot, ticks) => ticks.map(countText) },
    ],
    series: [{}, ...lines.map(({ label, color, dashed = false }): uPlot.Series => ({
      label, stroke: token(color), fill: `${token(color)}22`, width: 1.5, points: { show: false }, ...dashed ? { dash: [5, 4] } : {},
      ...stepped === undefined ? {} : { paths: stepped },
    }))],
  }
}

/** Places on the scale of time that people count in, as far apart as their words need. */
function splitsOf(from: number, to: number, width: number): number[] {
  const step = scaleStep((to - from) * 1e9, Math.max(2, Math.floor(width / 70))) / 1e9
  return Array.from({ length: Math.floor((to - from) / step + 1e-9) + 1 }, (_, i) => from + i * step)
}

import { useRef } from 'preact/hooks'
import { pause, play, seek, step, tellRefusal } from '../actions.ts'
import { Icon } from '../icon.tsx'
import { t } from '../i18n/words.ts'
import { clock, marks } from '../state.ts'
import { clockText } from './format.ts'
import { Timeline } from './timeline.tsx'
import './time-bar.css'

/** Paces to choose from: virtual time per real time. 0 stands for as fast as it goes. */
const RATES = [0.001, 0.01, 0.1, 1, 10, 100, 0] as const

/** Run, pause, step, pace, and the timeline. Space, "." and "," work wherever nothing else takes the key. */
export function TimeBar() {
  const { playing, nowNs, rate } = clock.value
  const chosen = useRef(1)
  const rateOf = (): number => chosen.current === 0 ? Infinity : chosen.current
  const toggle = (): void => playing ? pause() : play(rateOf())
  const choose = (value: number): void => {
    chosen.current = value
    if (playing) play(rateOf())
    else clock.value = { ...clock.value, rate: rateOf() }
  }
  return (
    <div class="time-bar" role="group" aria-label={t('time.bar')}>
      <div class="time-buttons">
        <button type="button" aria-label={t('time.back')} title={t('time.back')} onClick={back}><Icon name="back" /></button>
        <button
          type="button" class="time-play" aria-label={t(playing ? 'time.pause' : 'time.play')}
          title={t(playing ? 'time.pause' : 'time.play')} onClick={toggle}
        >
          <Icon name={playing ? 'pause' : 'play'} />
        </button>
        <button type="button" aria-label={t('time.step')} title={t('time.step')} onClick={() => step()}>
          <Icon name="step" />
        </button>
        <select
          aria-label={t('time.rate')} title={t('time.rate')} value={String(rate === Infinity ? 0 : rate)}
          onChange={(event) => choose(Number(event.currentTarget.value))}
        >
          {RATES.map((one) => <option key={one} value={String(one)}>{rateText(one)}</option>)}
        </select>
        <output class="time-now mono" aria-label={t('time.now')}>{clockText(nowNs)}</output>
      </div>
      <Timeline />
    </div>
  )
}

/** Goes to what happened last before now. */
function back(): void {
  const before = marks.value.map(({ atNs }) => atNs).filter((atNs) => atNs < clock.value.nowNs)
  void seek(Math.max(0, ...before)).catch(tellRefusal)
}

function rateText(rate: number): string {
  if (rate === 0) return t('time.fastest')
  return rate < 1 ? `1/${Math.round(1 / rate)}×` : `${rate}×`
}

/** The time bar's keys, for the page as a whole; true when the key was one. */
export function timeKey(event: KeyboardEvent): boolean {
  const { playing, rate } = clock.value
  if (event.key === ' ') {
    if (playing) pause()
    else play(rate)
  } else if (event.key === '.') step()
  else if (event.key === ',') back()
  else return false
  return true
}

import { pause, play, step } from '../actions.ts'
import { clock } from '../state.ts'

/** Run, pause, step, pace, and the timeline. */
export function TimeBar() {
  const { playing, nowNs } = clock.value
  return (
    <div class="time-bar">
      <button type="button" onClick={() => playing ? pause() : play()}>{playing ? '❚❚' : '▶'}</button>
      <button type="button" onClick={() => step()}>⏭</button>
      <output>{(nowNs / 1e9).toFixed(6)} s</output>
    </div>
  )
}

import type { CapturedFrame } from '../../messages.ts'
import { t } from '../i18n/words.ts'
import { clockText } from '../time/format.ts'
import { RowList } from './row-list.tsx'

interface Props {
  readonly frames: readonly CapturedFrame[]
  readonly chosen: CapturedFrame | null
  readonly choose: (frame: CapturedFrame) => void
  readonly journey: (frame: CapturedFrame) => void
  /** Said where there are none. */
  readonly empty: string
}

/** The list of frames. Arrows choose, Enter tells the journey. */
export function FrameList({ frames, chosen, choose, journey, empty }: Props) {
  return (
    <RowList
      label={t('capture.list')} count={frames.length} empty={empty}
      chosen={chosen === null ? -1 : frames.findIndex(({ sequence }) => sequence === chosen.sequence)}
      choose={(at) => choose(frames[at])} enter={(at) => journey(frames[at])}
      row={(at) => {
        const { sequence, protocol, atNs, end, direction, summary, dropped } = frames[at]
        return {
          id: `frame-${sequence}`, dropped: dropped !== '',
          title: dropped === '' ? summary : `${summary}\n${t('capture.dropped', { reason: dropped })}`,
          content: (
            <>
              <i class={`capture-dot capture-${protocol}`} />
              <span class="capture-time">{clockText(atNs)}</span>
              <span class="capture-end">{end} {end === '' ? '' : direction === 'out' ? '→' : '←'}</span>
              <span class="capture-summary">{summary}{dropped === '' ? '' : `  ✗ ${dropped}`}</span>
            </>
          ),
        }
      }}
    />
  )
}

import { PROTOCOLS } from '../../messages.ts'
import { t, type Word } from '../i18n/words.ts'
import { hiddenProtocols, seenProtocols } from './canvas-state.ts'

/** The colours of the protocols that have been seen; each is a switch that hides and shows its packets. */
export function Legend() {
  const shown = PROTOCOLS.map((protocol, number) => ({ protocol, bit: 1 << number }))
    .filter(({ bit }) => (seenProtocols.value & bit) !== 0)
  if (shown.length === 0) return null
  return (
    <div class="network-legend" role="group" aria-label={t('canvas.legend')}>
      {shown.map(({ protocol, bit }) => (
        <button
          key={protocol} type="button" class="network-protocol" data-protocol={protocol}
          aria-pressed={(hiddenProtocols.value & bit) === 0} title={t('canvas.filter')}
          onClick={() => { hiddenProtocols.value ^= bit }}
        >
          <span class="network-dot" />{t(`canvas.protocol.${protocol}` satisfies Word)}
        </button>
      ))}
    </div>
  )
}

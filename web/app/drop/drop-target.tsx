import { t } from '../i18n/words.ts'
import { dragging } from './take-file.ts'
import './drop.css'

/** Says that a file can be let go, while one is dragged over the page. */
export function DropTarget() {
  if (!dragging.value) return null
  return (
    <div class="drop">
      <p><strong>{t('drop.here')}</strong><span>{t('drop.what')}</span></p>
    </div>
  )
}

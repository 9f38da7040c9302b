import { restart } from './actions.ts'
import { t } from './i18n/words.ts'
import { crash } from './state.ts'

/** Says why the engine stopped, and starts it again from the last good moment. */
export function CrashBar() {
  if (crash.value === null) return null
  return (
    <div class="crash" role="alert">
      <strong>{t('crash.title')}</strong>
      <code>{crash.value.reason.split('\n', 1)[0]}</code>
      <button type="button" onClick={() => void restart()}>{t('crash.restart')}</button>
    </div>
  )
}

import { t } from './i18n/words.ts'
import { language, model, theme } from './state.ts'

/** The name of the lab, and the switches for theme and language. */
export function Header() {
  return (
    <header class="header">
      <h1 class="brand"><img src="./icon.svg" alt="" width="24" height="24" />{t('app.title')}</h1>
      <p class="lab">
        <strong>{model.value?.name ?? ''}</strong>
        <span>{model.value?.about ?? t('app.tagline')}</span>
      </p>
      <button type="button" onClick={() => { language.value = language.value === 'en' ? 'zh' : 'en' }}>
        {t('app.language')}
      </button>
      <button
        type="button" aria-label={t('app.theme')} title={t('app.theme')}
        onClick={() => { theme.value = theme.value === 'dark' ? 'light' : 'dark' }}
      >
        {theme.value === 'dark' ? '☀' : '☾'}
      </button>
    </header>
  )
}

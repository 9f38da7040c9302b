import { Icon } from './icon.tsx'
import { t } from './i18n/words.ts'
import { keysOpen } from './keys.tsx'
import { lazy } from './lazy.tsx'
import { claimOf } from './lessons/course.ts'
import { indexOpen } from './lessons/index-open.ts'
import { labName, language, model, theme } from './state.ts'
import './header.css'

const LabsIndex = lazy(() => import('./lessons/labs-index.tsx').then((room) => room.LabsIndex))

/** The open lab and the door to the others; the switches for language and theme. */
export function Header() {
  const toTheme = theme.value === 'dark' ? 'sun' : 'moon'
  const about = claimOf(labName.value)?.[language.value] ?? model.value?.about ?? t('app.tagline')
  return (
    <header class="header">
      <h1 class="brand"><img src="./icon.svg" alt="" width="24" height="24" /><span>{t('app.title')}</span></h1>
      <button
        type="button" class="header-lab" aria-haspopup="dialog" aria-expanded={indexOpen.value} title={t('labs.pick')}
        aria-label={`${t('labs.pick')}: ${model.value?.name ?? ''}`} onClick={() => { indexOpen.value = true }}
      >
        <Icon name="labs" /><strong>{model.value?.name ?? t('app.labs')}</strong><Icon name="down" />
      </button>
      <p class="header-about" title={about}>{about}</p>
      <button
        type="button" class="header-language" lang={language.value === 'en' ? 'zh-CN' : 'en'}
        onClick={() => { language.value = language.value === 'en' ? 'zh' : 'en' }}
      >
        {t('app.language')}
      </button>
      <button
        type="button" class="header-keys" aria-label={t('keys.open')} title={t('keys.open')} aria-haspopup="dialog"
        onClick={() => { keysOpen.value = true }}
      >
        ?
      </button>
      <button
        type="button" class="header-theme" aria-label={t('app.theme')} title={t('app.theme')}
        onClick={() => { theme.value = theme.value === 'dark' ? 'light' : 'dark' }}
      >
        <Icon name={toTheme} />
      </button>
      {indexOpen.value && <LabsIndex />}
    </header>
  )
}

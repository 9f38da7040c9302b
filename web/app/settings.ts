import { effect } from '@preact/signals'
import * as state from './state.ts'

/** Theme and language, kept from visit to visit; at first those of the system. */
const KEY = 'netarium.settings'

export function followSettings(): void {
  const kept = read()
  const light = matchMedia('(prefers-color-scheme: light)').matches
  state.theme.value = kept.theme === 'light' || kept.theme === 'dark' ? kept.theme : light ? 'light' : 'dark'
  const chinese = navigator.language.startsWith('zh')
  state.language.value = kept.language === 'en' || kept.language === 'zh' ? kept.language : chinese ? 'zh' : 'en'
  let first = true
  effect(() => {
    const { theme: { value: theme }, language: { value: language } } = state
    document.documentElement.dataset.theme = theme
    document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en'
    if (!first) write({ theme, language }) // what was not chosen goes on following the system
    first = false
  })
}

function read(): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}')
    return typeof value === 'object' && value !== null ? value as Readonly<Record<string, unknown>> : {}
  } catch {
    return {}
  }
}

function write(settings: { readonly theme: state.Theme, readonly language: state.Language }): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(settings))
  } catch {
    // private windows may have no room for it: the choice holds until the page is left
  }
}

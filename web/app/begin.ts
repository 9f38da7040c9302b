import { effect } from '@preact/signals'
import { openLab, tellRefusal } from './actions.ts'
import { bundledLab } from './labs.ts'
import * as state from './state.ts'

/** The lab that a newcomer sees first. */
const FIRST_LAB = 'first-ping'

/** What the page does when it is opened: settings, then the lab that the address names. */
export async function begin(): Promise<void> {
  state.theme.value = matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark'
  state.language.value = navigator.language.startsWith('zh') ? 'zh' : 'en'
  effect(() => {
    document.documentElement.dataset.theme = state.theme.value
    document.documentElement.lang = state.language.value === 'zh' ? 'zh-CN' : 'en'
  })
  const name = new URLSearchParams(location.search).get('lab') ?? FIRST_LAB
  try {
    await openLab({ fileName: `labs/${name}/lab.yaml`, text: await bundledLab(name) }, name)
  } catch (error) {
    tellRefusal(error)
  }
}

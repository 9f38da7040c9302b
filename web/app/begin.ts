import { effect } from '@preact/signals'
import { engine, openLab, tellRefusal } from './actions.ts'
import { bundledLab } from './labs.ts'
import { openBundled } from './lessons/open-lab.ts'
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
  try {
    await openFirst()
  } catch (error) {
    tellRefusal(error)
  }
  addEventListener('popstate', () => {
    const name = new URLSearchParams(location.search).get('lab')
    void (name === null ? openFirst() : openBundled(name)).catch(tellRefusal)
  })
  // The first lab is open (or why not is told): once that has been drawn, the page is in a person's hands.
  requestAnimationFrame(() => requestAnimationFrame(() => {
    performance.mark('netarium-interactive')
    engine.order({ kind: 'prepare' })
  }))
}

/** Opens what the address names, else what the server was started with, else the lab for newcomers. */
async function openFirst(): Promise<void> {
  const named = new URLSearchParams(location.search).get('lab')
  const served = await (await fetch('./netarium.json')).json() as { readonly lab?: string, readonly file?: string }
  if (named === null && served.file !== undefined && served.lab === '') {
    const text = await (await fetch(`./lab/${encodeURIComponent(served.file)}`)).text()
    await openLab({ fileName: served.file, text })
    return
  }
  const name = named ?? served.lab ?? FIRST_LAB
  await openLab({ fileName: `labs/${name}/lab.yaml`, text: await bundledLab(name) }, name)
}

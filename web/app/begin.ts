import { effect } from '@preact/signals'
import { engine, openLab, tellRefusal } from './actions.ts'
import { bundledLab } from './labs.ts'
import { followDrops } from './drop/take-file.ts'
import { followDrafts } from './editor/drafts.ts'
import { openOwn } from './editor/own-labs.ts'
import { openBundled } from './lessons/open-lab.ts'
import { followSettings } from './settings.ts'
import { openFragment } from './share/open-shared.ts'
import * as state from './state.ts'

/** The lab that a newcomer sees first. */
const FIRST_LAB = 'first-ping'
/** How long a message stays, ms. */
const NOTICE_MS = 8000

/** What the page does when it is opened: settings, then the lab that the address names. */
export async function begin(): Promise<void> {
  followSettings()
  followDrafts()
  followDrops()
  effect(() => {
    if (state.notice.value === '') return undefined
    const timer = setTimeout(() => { state.notice.value = '' }, NOTICE_MS)
    return () => clearTimeout(timer)
  })
  try {
    await openFirst()
  } catch (error) {
    tellRefusal(error)
  }
  addEventListener('popstate', () => {
    const name = new URLSearchParams(location.search).get('lab')
    void openFragment().then((opened) => opened ? undefined : name === null ? openFirst() : openBundled(name))
      .catch(tellRefusal)
  })
  // The first lab is open (or why not is told): once that has been drawn, the page is in a person's hands.
  requestAnimationFrame(() => requestAnimationFrame(() => {
    performance.mark('netarium-interactive')
    engine.order({ kind: 'prepare' })
  }))
}

/** Opens the run that the address holds, or the lab that it names, else the server's, else the lab for newcomers. */
async function openFirst(): Promise<void> {
  if (await openFragment()) return
  const own = new URLSearchParams(location.search).get('my')
  if (own !== null && (await openOwn(own) || state.model.value !== null)) return
  await openNamed()
  if (own !== null) await openOwn(own) // one with errors: they are shown beside a lab that runs
}

async function openNamed(): Promise<void> {
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

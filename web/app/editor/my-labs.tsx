import { useEffect } from 'preact/hooks'
import { signal } from '@preact/signals'
import { tellRefusal } from '../actions.ts'
import { t } from '../i18n/words.ts'
import { draftFile, draftText, model } from '../state.ts'
import { addOwn, deleteOwn, openOwn, type OwnLab, ownLabs, putOwn, readOwnLabs } from './own-labs.ts'

/** Labs of one's own: new, open, duplicate, delete; what was deleted can be taken back until the page is left. */

const TEMPLATE = `# Two hosts on one cable.
name: my-lab
about: What this lab shows.
topology:
  nodes:
    alice: { kind: host, interfaces: { eth1: 10.0.0.1/24 } }
    bob: { kind: host, interfaces: { eth1: 10.0.0.2/24 } }
  links:
    - endpoints: ["alice:eth1", "bob:eth1"]
script:
  - { at: 1s, on: alice, run: ping -c 3 10.0.0.2 }
`

const deleted = signal<OwnLab | null>(null)

async function open(name: string): Promise<void> {
  await openOwn(name)
}

async function create(): Promise<void> {
  await open(await addNew('my-lab', TEMPLATE))
}

async function keepThis(): Promise<void> {
  await open(await addNew(model.value?.name ?? 'lab', draftText.value))
}

/** Unlike a file that is dropped twice, a new lab is another one even with the same text. */
async function addNew(wished: string, text: string): Promise<string> {
  const taken = new Set(ownLabs.value.map(({ name }) => name))
  let name = wished
  for (let number = 2; taken.has(name); number++) name = `${wished}-${number}`
  return addOwn(name, text)
}

async function remove(lab: OwnLab): Promise<void> {
  deleted.value = lab
  await deleteOwn(lab.name)
}

async function takeBack(): Promise<void> {
  if (deleted.value !== null) await putOwn(deleted.value)
  deleted.value = null
}

export function MyLabs() {
  useEffect(() => void readOwnLabs().catch(tellRefusal), [])
  const act = (work: Promise<unknown>): void => { work.catch(tellRefusal) }
  const gone = deleted.value
  return (
    <details class="editor-labs">
      <summary>{t('editor.myLabs')} ({ownLabs.value.length})</summary>
      <div class="editor-line">
        <button type="button" onClick={() => act(create())}>{t('editor.new')}</button>
        <button type="button" onClick={() => act(keepThis())}>{t('editor.keepThis')}</button>
      </div>
      <ul>
        {ownLabs.value.map((lab) => (
          <li key={lab.name} data-open={draftFile.value === `my/${lab.name}.yaml`}>
            <button type="button" class="editor-lab" onClick={() => act(open(lab.name))}>{lab.name}</button>
            <button
              type="button" aria-label={`${t('editor.duplicate')}: ${lab.name}`}
              onClick={() => act(addNew(lab.name, lab.text))}
            >
              {t('editor.duplicate')}
            </button>
            <button type="button" aria-label={`${t('editor.delete')}: ${lab.name}`} onClick={() => act(remove(lab))}>
              {t('editor.delete')}
            </button>
          </li>
        ))}
      </ul>
      {gone !== null && (
        <p class="editor-undo" role="status">
          {t('editor.deleted', { name: gone.name })}
          <button type="button" onClick={() => act(takeBack())}>{t('editor.undo')}</button>
        </p>
      )}
    </details>
  )
}

import { batch, signal } from '@preact/signals'
import { engine, tellRefusal } from '../actions.ts'
import { takeLabFile } from '../editor/own-labs.ts'
import { t } from '../i18n/words.ts'
import { openRunFile } from '../share/open-shared.ts'
import { bottomRoom, lookedAt, notice } from '../state.ts'

/** Files from outside: dropped anywhere on the page, or picked. What each becomes is decided by its name and first bytes. */

/** A file is being dragged over the page. */
export const dragging = signal(false)

/** Larger files are refused before they are read; a lab file may have 8 MiB, a capture more. */
const MAX_BYTES = 256 * 1024 * 1024
/** First bytes of pcapng, and of pcap in both byte orders, with micro- and nanoseconds. */
const CAPTURE_MAGIC = ['0a0d0d0a', 'a1b2c3d4', 'd4c3b2a1', 'a1b23c4d', '4d3cb2a1']

export async function takeFile(file: File): Promise<void> {
  notice.value = ''
  if (file.size > MAX_BYTES) {
    notice.value = t('drop.tooLarge', { file: file.name, limit: MAX_BYTES / 1048576 })
    return
  }
  const bytes = new Uint8Array(await file.arrayBuffer())
  if (isCapture(bytes)) await lookAt(file.name, bytes)
  else if (file.name.endsWith('.json')) await openRunFile(new TextDecoder().decode(bytes))
  else if (/\.ya?ml$/i.test(file.name)) await takeLab(file.name, bytes)
  else notice.value = t('drop.unknown', { file: file.name })
}

async function takeLab(fileName: string, bytes: Uint8Array): Promise<void> {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    notice.value = t('drop.notText', { file: fileName })
    return
  }
  await takeLabFile(fileName, text)
}

async function lookAt(fileName: string, bytes: Uint8Array): Promise<void> {
  const capture = await engine.call('readCapture', { fileName, bytes })
  batch(() => {
    lookedAt.value = { fileName, bytes, capture }
    bottomRoom.value = 'capture'
    if (capture.problem !== '') notice.value = t('drop.cutCapture', { file: fileName, problem: capture.problem })
  })
}

function isCapture(bytes: Uint8Array): boolean {
  const magic = [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return CAPTURE_MAGIC.includes(magic)
}

/** Lets the person choose a file, for those who do not drag. */
export function pickFile(): Promise<void> {
  return new Promise((resolve, reject) => {
    const input = document.createElement('input')
    input.type = 'file'
    input.accept = '.yaml,.yml,.json,.pcap,.pcapng,.cap'
    input.addEventListener('cancel', () => resolve())
    input.addEventListener('change', () => {
      const file = input.files?.[0]
      if (file === undefined) resolve()
      else takeFile(file).then(resolve, reject)
    })
    input.click()
  })
}

/** Makes the whole page a place to drop files on. */
export function followDrops(): void {
  const carriesFile = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') === true
  window.addEventListener('dragover', (event) => {
    if (!carriesFile(event)) return
    event.preventDefault()
    dragging.value = true
  })
  window.addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) dragging.value = false
  })
  window.addEventListener('drop', (event) => {
    dragging.value = false
    if (!carriesFile(event)) return
    event.preventDefault()
    const files = [...event.dataTransfer?.files ?? []]
    if (files.length !== 1) notice.value = t('drop.oneFile')
    else takeFile(files[0]).catch(tellRefusal)
  })
}

import { engine } from '../actions.ts'
import { model } from '../state.ts'

/** Saves the whole capture as a pcapng file. */
export async function saveCapture(): Promise<void> {
  const { bytes } = await engine.call('pcapng', {})
  const url = URL.createObjectURL(new Blob([bytes as BlobPart], { type: 'application/x-pcapng' })) // never a shared buffer
  const link = document.createElement('a')
  link.href = url
  link.download = `${model.value?.name ?? 'capture'}.pcapng`
  link.click()
  URL.revokeObjectURL(url)
}

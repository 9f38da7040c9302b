import { openLab } from '../actions.ts'
import { bundledLab } from '../labs.ts'
import { sideRoom } from '../state.ts'

/** Opens a bundled lab with its lesson, and names it in the page's address, so that "back" leads back. */
export async function openBundled(name: string): Promise<void> {
  await openLab({ fileName: `labs/${name}/lab.yaml`, text: await bundledLab(name) }, name)
  sideRoom.value = 'lesson'
  const address = `?lab=${encodeURIComponent(name)}`
  if (location.search !== address) history.pushState(null, '', address)
}

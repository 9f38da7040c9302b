import type { LabModel } from '../../src/lab/model.ts'
import type { LabSource } from '../messages.ts'
import { modelOfText } from '../model-json.ts'

/** The bundled labs: their files and lessons, each loaded when it is opened. */
const files = import.meta.glob<string>('../../labs/*/lab.yaml', { query: '?raw', import: 'default' })
/** What the files say, read when the page was built (lab-models.ts). */
const models = import.meta.glob<string>('../../labs/*/lab.yaml', { query: '?model', import: 'default' })
const lessons = import.meta.glob<string>('../../labs/*/README*.md', { query: '?raw', import: 'default' })

/** Names of the bundled labs, sorted. */
export const LAB_NAMES: readonly string[] =
  Object.keys(files).map((file) => file.split('/').at(-2) ?? '').sort()

/** Text of a bundled lab's file. Throws if there is none of this name. */
export function bundledLab(name: string): Promise<string> {
  const load = files[`../../labs/${name}/lab.yaml`]
  if (load === undefined) throw new Error(`there is no bundled lab "${name}"`)
  return load()
}

/** What a source says, if it is a bundled lab's own file: then nobody needs to read it. */
export async function bundledModel({ fileName, text }: LabSource): Promise<LabModel | undefined> {
  const key = `../../${fileName}`
  if (!(key in files) || await files[key]() !== text) return undefined
  return modelOfText(await models[key]())
}

/** A lab's lesson in a language, or in English where there is none in it. */
export function lesson(name: string, language: 'en' | 'zh'): Promise<string> {
  const own = lessons[`../../labs/${name}/README.${language}.md`]
  const load = own ?? lessons[`../../labs/${name}/README.md`]
  return load === undefined ? Promise.resolve('') : load()
}

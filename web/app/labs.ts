/** The bundled labs: their files and lessons, each loaded when it is opened. */
const files = import.meta.glob<string>('../../labs/*/lab.yaml', { query: '?raw', import: 'default' })
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

/** A lab's lesson in a language, or in English where there is none in it. */
export function lesson(name: string, language: 'en' | 'zh'): Promise<string> {
  const own = lessons[`../../labs/${name}/README.${language}.md`]
  const load = own ?? lessons[`../../labs/${name}/README.md`]
  return load === undefined ? Promise.resolve('') : load()
}

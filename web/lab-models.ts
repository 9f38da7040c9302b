import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Plugin } from 'vite'
import { LabError } from '../src/lab/errors.ts'
import { parseLab } from '../src/lab/parse-yaml.ts'
import { modelToText } from './model-json.ts'

const QUERY = '?model'

/** A plugin of the build: `import text from '…/lab.yaml?model'` gives what the lab file says, as modelOfText() reads it. */
export function labModels(root: string): Plugin {
  return {
    name: 'netarium-lab-models',
    enforce: 'pre',
    load(id) {
      if (!id.endsWith(`.yaml${QUERY}`)) return null
      const file = id.slice(0, -QUERY.length)
      this.addWatchFile(file)
      try {
        const model = parseLab(readFileSync(file, 'utf8'), path.relative(root, file).split(path.sep).join('/'))
        return `export default ${JSON.stringify(modelToText(model))}`
      } catch (error) {
        if (error instanceof LabError) return this.error(error.message)
        throw error
      }
    },
  }
}

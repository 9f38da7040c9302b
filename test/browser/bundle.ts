/** Bundles for the browser, and says what in the bundle a browser does not have. */
import { isBuiltin } from 'node:module'
import path from 'node:path'
import { type Plugin, rolldown } from 'rolldown'

export interface Bundle {
  code: string
  /** `importer imports node:x`, for each import of a Node builtin. */
  builtins: string[]
  /** What the bundler warned of. */
  warnings: string[]
}

/** Bundles the module text `entry` (its relative imports start at `folder`) for the browser, as one ES module. */
export async function bundleForBrowser(entry: string, folder: string): Promise<Bundle> {
  const builtins: string[] = []
  const warnings: string[] = []
  const entryPath = path.join(folder, 'entry.virtual.ts')
  const plugin: Plugin = {
    name: 'netarium-browser',
    resolveId(source, importer) {
      if (source === entryPath) return entryPath
      if (!isBuiltin(source)) return null
      builtins.push(`${path.relative(folder, importer ?? entryPath)} imports ${source}`)
      return { id: source, external: true }
    },
    load: id => id === entryPath ? entry : null,
  }
  const build = await rolldown({
    input: entryPath, platform: 'browser', plugins: [plugin], onLog: (_level, log) => { warnings.push(log.message) },
  })
  const { output } = await build.generate({ format: 'esm', codeSplitting: false })
  await build.close()
  return { code: output[0].code, builtins: builtins.sort(), warnings }
}

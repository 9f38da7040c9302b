import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'
import { labModels } from './lab-models.ts'
import { policyInPage } from './policy.ts'

const here = path.dirname(fileURLToPath(import.meta.url))

/** The page as static files in dist/web: relative addresses, so that it works from any folder and from a file server. */
export default defineConfig({
  root: here,
  base: './',
  plugins: [labModels(path.join(here, '..')), policyInPage()],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  worker: { format: 'es' },
  server: { host: '127.0.0.1', fs: { allow: [path.join(here, '..')] } },
  build: {
    outDir: path.join(here, '../dist/web'), emptyOutDir: true, target: 'es2022', reportCompressedSize: false,
    chunkSizeWarningLimit: 2000,
  },
})

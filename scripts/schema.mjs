// Writes schema/netarium-lab.schema.json from the schema in src/lab/schema.ts. Build first: npm run build.
import { mkdirSync, writeFileSync } from 'node:fs'
import { labJsonSchema } from '../dist/lab/schema.js'

const folder = new URL('../schema/', import.meta.url)
mkdirSync(folder, { recursive: true })
writeFileSync(new URL('netarium-lab.schema.json', folder), `${JSON.stringify(labJsonSchema(), null, 2)}\n`)

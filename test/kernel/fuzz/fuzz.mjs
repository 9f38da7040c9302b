#!/usr/bin/env node
// The differential fuzzer, as long as wanted: random labs on the Linux kernel and in Netarium, compared.
//
//     node test/kernel/fuzz/fuzz.mjs --seed 1 --count 2000 --out DIR        needs root, python3, and the tools of the labs
//
// Every seed is a lab. One that differs is shrunk, printed with both sides and, with --out, written as a lab file for
// `netarium kernel FILE`. --kind static|packet makes labs of one class only, --jobs plays so many at a time, --show
// prints the lab of a seed. Exit status 1 when anything differs.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { rolldown } from 'rolldown'

const folder = path.dirname(fileURLToPath(import.meta.url))
const cache = path.join(folder, '../../../node_modules/.cache/netarium-kernel-fuzz')
mkdirSync(cache, { recursive: true })
const build = await rolldown({ input: path.join(folder, 'main.ts'), platform: 'node', logLevel: 'warn' })
const file = path.join(cache, `main-${process.pid}.mjs`)
const { output } = await build.generate({ format: 'esm', codeSplitting: false })
writeFileSync(file, output[0].code)
await build.close()
const { main } = await import(pathToFileURL(file).href)
rmSync(file)
process.exitCode = await main(process.argv.slice(2), path.join(folder, 'machine.py'))

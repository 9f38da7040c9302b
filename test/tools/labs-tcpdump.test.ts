import { expect, test } from 'vitest'
import { CAPTURE_EPOCH_SECONDS, timeSince } from '../../src/capture/capture-file.ts'
import { readCapture } from '../../src/capture/reader.ts'
import { parseTcpdumpArguments } from '../../src/capture/tcpdump/options.ts'
import { TcpdumpPrinter } from '../../src/capture/tcpdump/printer.ts'
import { Lab } from '../../src/lab/lab.ts'
import { bundledLabs } from '../../src/node/bundled-labs.ts'
import { readLab } from '../../src/node/load-lab.ts'
import { requireTool, runTool, withFile } from '../support/tools.ts'

/* The capture of every bundled lab, printed by our tcpdump and by the real one: whole outputs, line for line. */

const LINES = ['-nn', '-nn -v', '-nn -e', '-nn -X']

/** What our tcpdump prints of a capture file. Throws when it meets what it lacks a printer for. */
function ours(file: Uint8Array, args: readonly string[]): string {
  const invocation = parseTcpdumpArguments(args)
  if (!invocation.run) throw new Error(invocation.stderr)
  const printer = new TcpdumpPrinter(invocation.options)
  const lines = readCapture(file).frames.map((frame) => {
    const { bytes, originalLength } = frame
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    return printer.line(timeSince(frame, CAPTURE_EPOCH_SECONDS), view, 0, view.byteLength, originalLength)
  })
  if (printer.missing.size > 0) throw new Error(`no printer for ${[...printer.missing.keys()].join()}`)
  return lines.map(line => `${line}\n`).join('')
}

test.for(bundledLabs().map(({ name }) => name))('%s: tcpdump -r prints what the real one prints', async (name, context) => {
  requireTool('tcpdump', context)
  const lab = await Lab.fromModel(readLab(name))
  await lab.run()
  const file = lab.pcapng()
  withFile(`${name}.pcapng`, file, path => {
    for (const line of LINES) {
      const args = line.split(' ')
      const real = runTool('tcpdump', ['-r', path, ...args])
      expect(real.status, real.stderr).toBe(0)
      expect(real.stdout).not.toBe('')
      expect(ours(file, args), line).toBe(real.stdout)
    }
  })
})

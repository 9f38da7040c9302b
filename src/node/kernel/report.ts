/** A comparison as people read it, and as one document. */
import type { CapturedFrame } from './captures.ts'
import type { LaneComparison } from './compare.ts'
import type { CommandComparison, Comparison } from './kernel-twin.ts'
import { decoded, pairFields, sideBySide } from './side-by-side.ts'

/** Returns a table of links and one of commands, then each first difference, and the verdict as the last line. */
export function formatComparison(comparison: Comparison): string {
  const { lab, attempts, lanes, commands, equal } = comparison
  const frames = lanes.reduce((sum, { direction, kernel }) => sum + (direction === 'in' ? kernel?.length ?? 0 : 0), 0)
  const apart = lanes.filter(({ differsAt }) => differsAt !== null)
  const failed = commands.filter(({ differences }) => differences.length > 0)
  const verdict = equal
    ? `${lab}: equal: frames ${frames}, link ends ${lanes.length / 2}, commands ${commands.length}`
    : `${lab}: different: ${apart.length} of ${lanes.length} directions, ${failed.length} of ${commands.length} commands`
      + ` (the kernel played ${attempts === 1 ? 'once' : `${attempts} times`})`
  const parts = [laneTable(lanes), commandTable(commands), ...apart.map(laneDetails), ...failed.map(commandDetails)]
  return `${parts.filter(part => part !== '').join('\n\n')}\n\n${verdict}\n`
}

function laneTable(lanes: readonly LaneComparison[]): string {
  const rows = lanes.map(({ end, direction, kernel, twin, differsAt }) => [
    `${end} ${direction}`, kernel === null ? '-' : String(kernel.length), twin === null ? '-' : String(twin.length),
    differsAt === null ? 'equal' : `frame ${differsAt + 1} differs`,
  ])
  return table([['link end', 'kernel', 'netarium', ''], ...rows])
}

function commandTable(commands: readonly CommandComparison[]): string {
  if (commands.length === 0) return ''
  const rows = commands.map(({ step: { atMs, run }, differences }) => [
    `${atMs / 1000}s`, `${run?.node}: ${run?.command}`,
    differences.length === 0 ? 'equal' : `${differences.length} ${differences.length === 1 ? 'line differs' : 'lines differ'}`,
  ])
  return table([['at', 'command', ''], ...rows])
}

function table(rows: readonly string[][]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map(row => row[column].length)))
  return rows.map(row => row.map((cell, column) => cell.padEnd(widths[column])).join('  ').trimEnd()).join('\n')
}

/** The first difference of a lane; what is hidden is hidden here too. */
function laneDetails({ end, direction, kernel, twin, differsAt }: LaneComparison): string {
  if (kernel === null || twin === null) return `${end} ${direction}: only ${kernel === null ? 'Netarium' : 'the kernel'} has it`
  const at = differsAt ?? 0
  return [
    `${end} ${direction}, frame ${at + 1}:`,
    `  kernel    ${line(kernel[at])}`,
    `  netarium  ${line(twin[at])}`,
    ...sideBySide(kernel[at], twin[at]).map(text => `  ${text}`),
  ].join('\n')
}

function line(frame: CapturedFrame | undefined): string {
  return frame === undefined ? '(nothing)' : decoded([frame])[0]
}

function commandDetails({ step: { atMs, run }, differences }: CommandComparison): string {
  const lines = differences.flatMap(({ stream, line: number, kernel, netarium }) => [
    `  ${stream === 'status' ? 'exit status' : `${stream}, line ${number}`}:`,
    `    kernel    ${kernel ?? '(nothing)'}`,
    `    netarium  ${netarium ?? '(nothing)'}`,
  ])
  return [`${atMs / 1000}s ${run?.node}: ${run?.command}`, ...lines].join('\n')
}

/** What --json prints. Times in ns from the start of the script, bytes in hex, after normalisation. */
export function comparisonDocument({ lab, attempts, lanes, commands, equal }: Comparison): unknown {
  return {
    lab, equal, attempts,
    links: lanes.map(({ end, direction, kernel, twin, differsAt }) => ({
      end, direction, equal: differsAt === null,
      frames: { kernel: kernel?.length ?? null, netarium: twin?.length ?? null },
      difference: differsAt === null ? null : {
        frame: differsAt + 1, kernel: frameDocument(kernel?.[differsAt]), netarium: frameDocument(twin?.[differsAt]),
        fields: pairFields(kernel?.[differsAt], twin?.[differsAt]).filter(({ same }) => !same)
          .map(({ layer, field, kernel: left, netarium: right }) => ({ layer, field, kernel: left, netarium: right })),
      },
    })),
    commands: commands.map(({ step: { atMs, run, check }, differences }) => ({
      atNs: atMs * 1e6, on: run?.node, run: run?.command, check: check?.name ?? null, equal: differences.length === 0,
      differences,
    })),
  }
}

function frameDocument(frame: CapturedFrame | undefined): unknown {
  if (frame === undefined) return null
  return { atNs: frame.atNs, bytes: Buffer.from(frame.bytes).toString('hex'), text: decoded([frame])[0].replace(/^\S+ /, '') }
}

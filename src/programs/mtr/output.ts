import { CAPTURE_EPOCH_SECONDS } from '../../capture/capture-file.ts'
import type { Process } from '../../host/process.ts'
import { formatIpv4 } from '../../wire/address.ts'
import { knownNameOf } from '../resolve.ts'
import { strftime } from '../strftime.ts'
import { cell, fieldsOf } from './fields.ts'
import type { Hop } from './hop.ts'
import type { MtrOptions } from './options.ts'

/** Columns of the host in a report that is not wide. */
const HOST_WIDTH = 33
const SYSTEM = 'AS???'

/** What one run found, for the outputs. */
export interface MtrResult {
  readonly process: Process
  readonly options: MtrOptions
  readonly host: string
  /** Hops to show: from index `from` up to `to`. */
  readonly hops: readonly Hop[]
  readonly from: number
  readonly to: number
}

/** The line that a report begins with, before it is known what comes. */
export function reportStart(process: Process): string {
  return `Start: ${strftime('%Y-%m-%dT%H:%M:%S+0000', CAPTURE_EPOCH_SECONDS + process.nowNs / 1e9)}\n`
}

export function addressText(process: Process, options: MtrOptions, address: number | null): string {
  if (address === null) return '???'
  const number = formatIpv4(address)
  const name = options.numeric ? null : knownNameOf(process, address)
  if (name === null) return number
  return options.showAddresses ? `${name} (${number})` : name
}

/** Index, hop and its name, of those to show. */
function* rows(result: MtrResult): Generator<{ readonly index: number, readonly hop: Hop, readonly name: string }> {
  for (let index = result.from; index < result.to; index++) {
    const hop = result.hops[index]
    yield { index, hop, name: addressText(result.process, result.options, hop.address) }
  }
}

/** -r and -w. A cell that is too wide is overwritten by the next, as the real one's buffer is. */
export function report(result: MtrResult): string {
  const { options, process } = result
  const fields = fieldsOf(options.fields)
  const own = process.host.name
  let width = HOST_WIDTH
  if (options.wide) {
    width = Math.max(own.length, ...[...rows(result)].map(({ name }) => name.length))
    if (options.systemNumbers) width += 9
  }
  const line = (start: string, cells: readonly string[]): string => {
    let text = options.wide ? start : start.padEnd(width).slice(0, width)
    let at = text.length
    for (const [i, each] of cells.entries()) {
      text = text.slice(0, at) + each
      at += fields[i].width
    }
    return `${text}\n`
  }
  let text = line(`HOST: ${own.padEnd(width)}`, fields.map((field) => field.header.padStart(field.width)))
  for (const { index, hop, name } of rows(result)) {
    const number = String(index + 1).padStart(3)
    const nameWidth = options.systemNumbers && options.wide ? width - 8 : width
    const start = options.systemNumbers ? `${number}. ${SYSTEM.padEnd(9)}${name.padEnd(nameWidth)}`
      : `${number}.|-- ${name.padEnd(width)}`
    text += line(start, fields.map((field) => cell(field, hop)))
  }
  return text
}

/** -C. */
export function csv(result: MtrResult): string {
  const { options } = result
  const fields = fieldsOf(options.fields)
  const seconds = CAPTURE_EPOCH_SECONDS + Math.floor(result.process.nowNs / 1e9)
  const system = options.systemNumbers ? 'Asn,' : ''
  let text = `Mtr_Version,Start_Time,Status,Host,Hop,Ip,${system}${fields.map((field) => `${field.header},`).join('')}\n`
  for (const { index, hop, name } of rows(result)) {
    const values = fields.map((field) => {
      const value = field.value(hop)
      return field.digits === null ? String(value) : value.toFixed(2)
    })
    const start = ['MTR.0.95', String(seconds), 'OK', result.host, String(index + 1), name]
    text += `${[...start, ...options.systemNumbers ? [SYSTEM] : [], ...values].join(',')}\n`
  }
  return text
}

/** -x. */
export function xml(result: MtrResult): string {
  const { options, process } = result
  const fields = fieldsOf(options.fields).filter((field) => field.header !== ' ')
  let text = '<?xml version="1.0"?>\n' +
    `<MTR SRC="${process.host.name}" DST="${result.host}" TOS="0x${options.tos.toString(16).toUpperCase()}"` +
    ` PSIZE="${options.packetSize}" BITPATTERN="${pattern(options)}" TESTS="${options.cycles}">\n`
  for (const { index, hop, name } of rows(result)) {
    text += `    <HUB COUNT="${index + 1}" HOST="${name}">\n`
    for (const field of fields) {
      const tag = field.header.replace('%', '')
      text += `        <${tag}>${cell(field, hop)}</${tag}>\n`
    }
    text += '    </HUB>\n'
  }
  return `${text}</MTR>\n`
}

/** -j, as jansson writes it: four spaces, reals of five digits that always have a point. */
export function json(result: MtrResult): string {
  const { options, process } = result
  const fields = fieldsOf(options.fields).filter((field) => field.header !== ' ')
  const object = (entries: readonly string[], indent: string): string =>
    `{\n${entries.map((entry) => `${indent}    ${entry}`).join(',\n')}\n${indent}}`
  const hubs = [...rows(result)].map(({ index, hop, name }) => object([
    `"count": ${index + 1}`, `"host": ${JSON.stringify(name)}`, ...options.systemNumbers ? [`"ASN": "${SYSTEM}"`] : [],
    ...fields.map((field) => `"${field.header}": ${field.digits === null ? field.value(hop) : real(field.value(hop))}`),
  ], '            '))
  const list = hubs.length === 0 ? '[]' : `[\n${hubs.map((hub) => `            ${hub}`).join(',\n')}\n        ]`
  const head = object([
    `"src": ${JSON.stringify(process.host.name)}`, `"dst": ${JSON.stringify(result.host)}`, `"tos": ${options.tos}`,
    `"tests": ${options.cycles}`, `"psize": "${options.packetSize}"`, `"bitpattern": "${pattern(options)}"`,
  ], '        ')
  return `${object([`"report": ${object([`"mtr": ${head}`, `"hubs": ${list}`], '    ')}`], '')}\n`
}

function real(value: number): string {
  const text = String(Number(value.toPrecision(5)))
  return text.includes('.') ? text : `${text}.0`
}

function pattern(options: MtrOptions): string {
  return `0x${options.pattern.toString(16).toUpperCase().padStart(2, '0')}`
}

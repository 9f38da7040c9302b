/** Protocols made of text lines: HTTP, FTP, SMTP, whois, RTSP, SIP, and the version line of SSH. */
import { type Sheet } from './sheet.ts'

export const HTTP_METHODS: readonly string[] = [
  'GET', 'PUT', 'COPY', 'HEAD', 'LOCK', 'MOVE', 'POLL', 'POST', 'BCOPY', 'BMOVE', 'MKCOL', 'TRACE', 'LABEL', 'MERGE',
  'DELETE', 'SEARCH', 'UNLOCK', 'REPORT', 'UPDATE', 'NOTIFY', 'BDELETE', 'CONNECT', 'OPTIONS', 'CHECKIN',
  'PROPFIND', 'CHECKOUT', 'CCM_POST', 'SUBSCRIBE', 'PROPPATCH', 'BPROPFIND', 'BPROPPATCH', 'UNCHECKOUT',
  'MKACTIVITY', 'MKWORKSPACE', 'UNSUBSCRIBE', 'RPC_CONNECT', 'VERSION-CONTROL', 'BASELINE-CONTROL',
]

export const RTSP_METHODS: readonly string[] = [
  'DESCRIBE', 'ANNOUNCE', 'GET_PARAMETER', 'OPTIONS', 'PAUSE', 'PLAY', 'RECORD', 'REDIRECT', 'SETUP',
  'SET_PARAMETER', 'TEARDOWN',
]

export const SIP_METHODS: readonly string[] = [
  'ACK', 'BYE', 'CANCEL', 'DO', 'INFO', 'INVITE', 'MESSAGE', 'NOTIFY', 'OPTIONS', 'PRACK', 'QAUTH', 'REFER',
  'REGISTER', 'SPRACK', 'SUBSCRIBE', 'UPDATE', 'PUBLISH',
]

const MAX_TOKEN = 128

/**
 * Prints the first line, or with -v all lines until one is not text. With `methods`, only a packet that starts with
 * one of them, or has a three-digit code as its second word, is shown; others may be the middle of a body.
 */
export function printTextProtocol(
  sheet: Sheet, protocol: string, at: number, length: number, methods: readonly string[] | null,
): void {
  sheet.protocol = protocol
  const shown = methods === null || startsMessage(sheet, at, length, methods)
  sheet.put(protocol.toUpperCase())
  if (!shown) return
  if (sheet.options.verbose === 0) {
    printLine(sheet, ': ', at, 0, length)
    return
  }
  sheet.put(`, length: ${length}`)
  let index = 0
  while (index < length) {
    const next = printLine(sheet, '\n\t', at, index, length)
    if (next === 0) break
    index = next
  }
}

function startsMessage(sheet: Sheet, at: number, length: number, methods: readonly string[]): boolean {
  const first = word(sheet, at, 0, length)
  if (first === null) return false
  if (methods.includes(first.text.toUpperCase())) return true
  const second = word(sheet, at, first.next, length)
  return second !== null && /^[0-9]{3}$/.test(second.text)
}

/** The word at `index` and where the next one starts; null when there is none or it is not printable ASCII. */
function word(sheet: Sheet, at: number, index: number, length: number): { text: string, next: number } | null {
  let text = ''
  for (; index < length; index++) {
    if (!sheet.has(at + index, 1)) return null
    const byte = sheet.u8(at + index)
    if (byte === 0x20 || byte === 0x09 || byte === 0x0d || byte === 0x0a) break
    if (byte < 0x20 || byte > 0x7e || text.length + 2 > MAX_TOKEN + 1) return null
    text += String.fromCharCode(byte)
  }
  if (text === '') return null
  while (index < length && sheet.has(at + index, 1)) {
    const byte = sheet.u8(at + index)
    if (byte !== 0x20) break
    index++
  }
  return { text, next: index }
}

/** Prints the line at `index` and returns where the next one starts; 0 when it is not text or is cut off. */
function printLine(sheet: Sheet, prefix: string, at: number, index: number, length: number): number {
  let text = ''
  for (let i = index; i < length; i++) {
    const byte = sheet.u8(at + i)
    if (byte === 0x0a) {
      sheet.put(prefix + text)
      return i + 1
    }
    if (byte === 0x0d) {
      if (i + 1 >= length || sheet.u8(at + i + 1) !== 0x0a) return 0
      sheet.put(prefix + text)
      return i + 2
    }
    if ((byte < 0x20 || byte > 0x7e) && byte !== 0x09) return 0
    text += String.fromCharCode(byte)
  }
  sheet.put(prefix + text)
  sheet.truncated()
  return 0
}

/** `: SSH: ` and the version line, when the payload is one; else nothing. */
export function printSsh(sheet: Sheet, at: number, length: number): void {
  sheet.protocol = 'ssh'
  let text = ''
  for (let i = 0; i < length || i < 4; i++) {
    const byte = sheet.u8(at + i)
    if (i < 4 && byte !== 'SSH-'.charCodeAt(i)) return
    const lineEnd = byte === 0x0a || byte === 0x0d && i + 1 < length && sheet.u8(at + i + 1) === 0x0a
    if (lineEnd) return sheet.put(`: SSH: ${text}`)
    if (byte < 0x20 || byte > 0x7e) return
    text += String.fromCharCode(byte)
  }
}

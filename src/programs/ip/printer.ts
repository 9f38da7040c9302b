import { COLOR_END, type Color, type Palette } from './colors.ts'

/**
 * Output of ip and bridge, as text or as JSON, from the same calls: what iproute2's print_*() functions do. Text is
 * given formatted; `null` as text prints in JSON only, and text() in text only.
 *
 * The JSON is byte for byte that of iproute2's json_writer: `-j` on one line without blanks, `-j -p` indented by four,
 * members of an array behind each other ("},{"), an array's brackets with a blank inside.
 */
export class Printer {
  readonly json: boolean
  private readonly pretty: boolean
  private parts: string[] = []
  private depth = 0
  private comma = false

  constructor(json: boolean, pretty: boolean, private readonly palette: Palette | null = null) {
    this.json = json
    this.pretty = pretty
  }

  /** All that was printed since the last take(). */
  take(): string {
    const all = this.parts.join('')
    this.parts = []
    return all
  }

  /** Prints in text mode only. */
  text(text: string): void {
    if (!this.json) this.parts.push(text)
  }

  /** A member of an object, or, with key null, of an array. Numbers print as they are, null as null. */
  value(key: string | null, value: string | number | boolean | null, text: string | null): void {
    if (this.json) this.raw(key, typeof value === 'string' ? quote(value) : String(value))
    else if (text !== null) this.parts.push(text)
  }

  /** A member whose text has a colour: `text` with what stands before and behind it (print_color_string). */
  colored(key: string, value: string, color: Color | null, text: string): void {
    if (this.json || this.palette === null || color === null) this.value(key, value, text)
    else this.parts.push(this.palette[color], text, COLOR_END)
  }

  /** Text in a colour. */
  coloredText(color: Color, text: string): void {
    if (this.json) return
    if (this.palette === null) this.parts.push(text)
    else this.parts.push(this.palette[color], text, COLOR_END)
  }

  /** A number with its own format, as "0.00", in JSON too. */
  number(key: string, digits: string, text: string): void {
    if (this.json) this.raw(key, digits)
    else this.parts.push(text)
  }

  openObject(key: string | null = null): void {
    if (!this.json) return
    if (key !== null) this.name(key)
    this.begin('{')
  }

  closeObject(): void {
    if (!this.json) return
    this.depth--
    if (this.comma) this.endOfLine()
    this.parts.push('}')
    this.comma = true
  }

  openArray(key: string | null, text = ''): void {
    if (!this.json) {
      this.parts.push(text)
      return
    }
    if (key !== null) this.name(key)
    this.begin('[')
    if (this.pretty) this.parts.push(' ')
  }

  closeArray(text = ''): void {
    if (!this.json) {
      this.parts.push(text)
      return
    }
    if (this.pretty && this.comma) this.parts.push(' ')
    this.depth--
    this.parts.push(']')
    this.comma = true
  }

  /** Opens the one array that a whole JSON output is. */
  openDocument(): void {
    if (!this.json) return
    this.comma = false
    this.depth = 0
    this.openArray(null)
  }

  closeDocument(): void {
    if (!this.json) return
    this.closeArray()
    this.parts.push('\n')
  }

  private raw(key: string | null, digits: string): void {
    if (key !== null) this.name(key)
    this.separate()
    this.parts.push(digits)
  }

  private begin(bracket: string): void {
    this.separate()
    this.parts.push(bracket)
    this.depth++
    this.comma = false
  }

  private name(key: string): void {
    this.separate()
    this.endOfLine()
    this.comma = false
    this.parts.push(quote(key), this.pretty ? ': ' : ':')
  }

  private separate(): void {
    if (this.comma) this.parts.push(',')
    this.comma = true
  }

  private endOfLine(): void {
    if (this.pretty) this.parts.push(`\n${'    '.repeat(this.depth)}`)
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\t': '\\t', '\n': '\\n', '\r': '\\r', '\f': '\\f', '\b': '\\b', '\\': '\\\\', '"': '\\"',
}

function quote(text: string): string {
  return `"${text.replace(/[\t\n\r\f\b\\"]/g, (c) => ESCAPES[c])}"`
}

import { listen } from '../actions.ts'

/** What came out of each console so far. Kept from the start, so that a screen that opens later shows it all. */
const outputs = new Map<number, string>()
const printers = new Map<number, (text: string, whole: boolean) => void>()

listen('console', ({ console, text, whole }) => {
  outputs.set(console, whole ? text : (outputs.get(console) ?? '') + text)
  printers.get(console)?.(text, whole)
})

/** All that came out of a console, and from now on each piece; whole: in place of everything before. */
export function followOutput(console: number, print: (text: string, whole: boolean) => void): void {
  printers.set(console, print)
  print(outputs.get(console) ?? '', true)
}

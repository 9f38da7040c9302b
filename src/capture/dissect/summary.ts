/** A frame in one line. */
import { defaultOptions } from '../tcpdump/options.ts'
import { TcpdumpPrinter } from '../tcpdump/printer.ts'

/** What `tcpdump -nn -t -S` prints of the frame `[at, end)`, first line only. */
export function summary(view: DataView, at: number, end: number): string {
  const options = defaultOptions()
  options.numeric = true
  options.timeStyle = 1
  options.absoluteSequence = true
  options.dumpsPayload = true
  return new TcpdumpPrinter(options).line(0, view, at, end).split('\n', 1)[0].trimEnd()
}

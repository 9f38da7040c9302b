import { formatIpv4 } from '../../wire/address.ts'
import type { Lab } from '../lab.ts'
import type { Question } from './why.ts'

export interface ProbeResult {
  readonly answered: boolean
  /** What the sending program printed. */
  readonly output: string
  /** Its last word, for messages. */
  readonly summary: string
}

/** Longer than ARP takes to give up (three requests, a second each). */
const WAIT_S = 5

/** Sends what the question asks for, with the very program a person would use, and waits for the answer. */
export async function probe(lab: Lab, question: Question, destination: number): Promise<ProbeResult> {
  const size = question.size === null ? '' : ` -M do -s ${question.size}`
  const line = `ping -c 1 -W ${WAIT_S}${size} ${formatIpv4(destination)}`
  const { status, stdout, stderr } = await lab.node(question.from).exec(line)
  const output = stdout + stderr
  return { answered: status === 0, output, summary: lastLine(output) }
}

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? ''
}

import { EAGAIN, strerror } from '../../base/errno.ts'
import type { Process } from '../../host/process.ts'
import { IP_PMTUDISC_DO } from '../../socket/inet-socket.ts'
import { formatIpv4 } from '../../wire/address.ts'
import type { Question } from './question.ts'
import type { WhySubject } from './subject.ts'

export interface ProbeResult {
  readonly answered: boolean
  /** What the sending program printed. */
  readonly output: string
  /** Its last word, for messages. */
  readonly summary: string
}

/** Longer than ARP takes to give up (three requests, a second each). */
const WAIT_S = 5

/** Sends what the question asks for and waits for the answer: an echo by `ping`, as a person would, or a datagram. */
export async function probe(lab: WhySubject, question: Question, destination: number): Promise<ProbeResult> {
  return question.protocol === 'udp' ? probeUdp(lab, question, destination) : probeEcho(lab, question, destination)
}

async function probeEcho(lab: WhySubject, question: Question, destination: number): Promise<ProbeResult> {
  const size = question.size === null ? '' : ` -M do -s ${question.size}`
  const line = `ping -c 1 -W ${WAIT_S}${size} ${formatIpv4(destination)}`
  const { status, stdout, stderr } = await lab.node(question.from).exec(line)
  const output = stdout + stderr
  return { answered: status === 0, output, summary: lastLine(output) }
}

/** A datagram arrived if no ICMP error came: UDP itself answers nothing. */
async function probeUdp(lab: WhySubject, question: Question, destination: number): Promise<ProbeResult> {
  const { host } = lab.node(question.from)
  const process = host.spawn(['why'], { program: (self) => sendDatagram(self, question, destination) })
  const { status, stdout, stderr } = await host.finish(process, lab.simulation.nowNs + 2 * WAIT_S * 1e9)
  const output = stdout + stderr
  return { answered: status === 0, output, summary: lastLine(output) }
}

async function sendDatagram(process: Process, question: Question, destination: number): Promise<number> {
  const socket = process.namespace.sockets.udp.open()
  process.onClose(() => socket.close())
  // A size is asked for to see whether so much passes in one piece, as with `ping -M do -s`.
  if (question.size !== null) socket.pmtuDiscovery = IP_PMTUDISC_DO
  const error = socket.connect(destination, question.port)
  const sent = error < 0 ? error : socket.send(new Uint8Array(question.size ?? 8))
  if (sent < 0) {
    process.stderr.write(`why: ${strerror(-sent)}\n`)
    return 2
  }
  await process.waitReadable(socket, process.nowNs + WAIT_S * 1e9)
  const answer = socket.receive()
  if (typeof answer === 'number' && answer < 0 && answer !== -EAGAIN) {
    process.stderr.write(`why: ${strerror(-answer)}\n`)
    return 1
  }
  return 0
}

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? ''
}

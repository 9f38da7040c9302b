import type { Process } from '../../host/process.ts'

/**
 * What `netstat -s` says of the columns of /proc/net/snmp and /proc/net/netstat (statistics.c): "%" stands for the
 * value; a sentence that begins with "0" is said of zero too. Columns without a sentence are named when they are not
 * zero; those with an empty one never are.
 */
type Sentences = Readonly<Record<string, string>>

const IP: Sentences = {
  DefaultTTL: '', InReceives: '0% total packets received', InHdrErrors: '% with invalid headers',
  InAddrErrors: '% with invalid addresses', ForwDatagrams: '0% forwarded', InUnknownProtos: '% with unknown protocol',
  InDiscards: '0% incoming packets discarded', InDelivers: '0% incoming packets delivered',
  OutRequests: '0% requests sent out', OutDiscards: '% outgoing packets dropped',
  OutNoRoutes: '% dropped because of missing route', ReasmTimeout: '% fragments dropped after timeout',
  ReasmReqds: '% reassemblies required', ReasmOKs: '% packets reassembled ok',
  ReasmFails: '% packet reassemblies failed', FragOKs: '% outgoing packets fragmented ok',
  FragFails: '% outgoing packets failed fragmentation', FragCreates: '% fragments created',
}
const ICMP_IN = 'ICMP input histogram:'
const ICMP_OUT = 'ICMP output histogram:'
const ICMP: Sentences = {
  InMsgs: '0% ICMP messages received', InErrors: '0% input ICMP message failed',
  InDestUnreachs: '    destination unreachable: %', InTimeExcds: '    timeout in transit: %',
  InParmProbs: '    wrong parameters: %', InSrcQuenchs: '    source quenches: %', InRedirects: '    redirects: %',
  InEchos: '    echo requests: %', InEchoReps: '    echo replies: %', InTimestamps: '    timestamp request: %',
  InTimestampReps: '    timestamp reply: %', InAddrMasks: '    address mask request: %',
  InAddrMaskReps: '    address mask replies: %', OutMsgs: '0% ICMP messages sent',
  OutErrors: '0% ICMP messages failed', OutDestUnreachs: '    destination unreachable: %',
  OutTimeExcds: '    time exceeded: %', OutParmProbs: '    wrong parameters: %', OutSrcQuenchs: '    source quench: %',
  OutRedirects: '    redirect: %', OutEchos: '    echo requests: %', OutEchoReps: '    echo replies: %',
  OutTimestamps: '    timestamp requests: %', OutTimestampReps: '    timestamp replies: %',
  OutAddrMasks: '    address mask requests: %', OutAddrMaskReps: '    address mask replies: %',
}
const TCP: Sentences = {
  RtoAlgorithm: '', RtoMin: '', RtoMax: '', MaxConn: '', ActiveOpens: '0% active connection openings',
  PassiveOpens: '0% passive connection openings', AttemptFails: '0% failed connection attempts',
  EstabResets: '0% connection resets received', CurrEstab: '0% connections established', InSegs: '0% segments received',
  OutSegs: '0% segments sent out', RetransSegs: '0% segments retransmitted', InErrs: '0% bad segments received',
  OutRsts: '0% resets sent',
}
const UDP: Sentences = {
  InDatagrams: '0% packets received', NoPorts: '0% packets to unknown port received',
  InErrors: '0% packet receive errors', OutDatagrams: '0% packets sent', RcvbufErrors: '0% receive buffer errors',
  SndbufErrors: '0% send buffer errors',
}

/** -t, -u, -w: a section is shown when none was asked for, or its own, or when it belongs to all ('*'). */
const SECTIONS: ReadonlyMap<string, readonly [string, Sentences]> = new Map<string, readonly [string, Sentences]>([
  ['Ip', ['w', IP]], ['Icmp', ['w', ICMP]], ['IcmpMsg', ['*', {}]], ['Tcp', ['t', TCP]], ['Udp', ['u', UDP]],
  ['UdpLite', ['*', {}]], ['TcpExt', ['t', { TCPHPHits: '0% packet headers predicted' }]], ['IpExt', ['*', {}]],
  ['MPTcpExt', ['*', {}]],
])

/** The statistics of `netstat -s`; asked: letters of the protocols that were asked for. */
export function statistics(process: Process, asked: ReadonlySet<string>): string {
  let text = ''
  // The histogram's indent stays until the next section of sentences.
  let indent = ''
  for (const file of ['/proc/net/snmp', '/proc/net/netstat']) {
    const content = process.readFile(file)
    if (typeof content === 'number') continue
    const lines = content.trimEnd().split('\n')
    for (let at = 0; at + 1 < lines.length; at += 2) {
      const [title, ...columns] = lines[at].split(' ')
      const values = lines[at + 1].split(' ').slice(1)
      const name = title.slice(0, -1)
      const [letter, sentences] = SECTIONS.get(name) ?? ['*', {}]
      if (letter !== '*' && asked.size > 0 && !asked.has(letter)) continue
      if (name !== 'IcmpMsg') indent = ''
      if (!text.includes(`\n${title}\n`) && !text.startsWith(`${title}\n`)) text += `${title}\n`
      columns.forEach((column, index) => { text += line(name, column, values[index], sentences, indent) })
      if (name === 'Icmp') indent = '    '
    }
  }
  return text
}

function line(section: string, column: string, value: string, sentences: Sentences, indent: string): string {
  const heading = section === 'Icmp' && column === 'InDestUnreachs' ? `    ${ICMP_IN}\n`
    : section === 'Icmp' && column === 'OutDestUnreachs' ? `    ${ICMP_OUT}\n` : ''
  const sentence = sentences[column]
  if (sentence === '') return heading
  if (sentence === undefined) return value === '0' ? heading : `${heading}    ${indent}${column}: ${value}\n`
  if (value === '0' && !sentence.startsWith('0')) return heading
  return `${heading}    ${sentence.replace(/^0?(.*)%/, (_, before: string) => before + value)}\n`
}

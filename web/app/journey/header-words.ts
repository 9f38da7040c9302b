import { language } from '../state.ts'

/** Words of dissected headers. In English they are the RFC's own; in Chinese those of the textbooks. */

const LAYERS: Readonly<Record<string, string>> = {
  ethernet: 'Ethernet', vlan: 'VLAN', llc: 'LLC', arp: 'ARP', ipv4: 'IPv4', icmp: 'ICMP', udp: 'UDP', tcp: 'TCP',
}

const FIELDS_ZH: Readonly<Record<string, string>> = {
  'destination': '目的地址', 'source': '源地址', 'type': '类型', 'length': '长度', 'priority': '优先级',
  'drop eligible': '可丢弃', 'id': 'VLAN ID', 'hardware type': '硬件类型', 'protocol type': '协议类型',
  'hardware length': '硬件地址长度', 'protocol length': '协议地址长度', 'operation': '操作',
  'sender hardware address': '发送方 MAC', 'sender protocol address': '发送方 IP',
  'target hardware address': '目标 MAC', 'target protocol address': '目标 IP', 'version': '版本',
  'header length': '首部长度', 'dscp': 'DSCP', 'ecn': 'ECN', 'total length': '总长度', 'identification': '标识',
  'flags': '标志', 'fragment offset': '片偏移', 'ttl': 'TTL', 'protocol': '协议',
  'checksum': '校验和', 'code': '代码', 'identifier': '标识符', 'sequence number': '序号', 'gateway': '网关',
  'next-hop mtu': '下一跳 MTU', 'pointer': '指针', 'rest of header': '首部其余部分', 'source port': '源端口',
  'destination port': '目的端口', 'acknowledgment number': '确认号', 'data offset': '数据偏移', 'window': '窗口',
  'urgent pointer': '紧急指针', 'dsap': 'DSAP', 'ssap': 'SSAP', 'control': '控制',
}

const VALUES_ZH: readonly (readonly [RegExp, string])[] = [
  [/ ?\(wrong, should be (\S+)\)/, '（错误，应为 $1）'],
  [/ ?\(request\)/, '（请求）'], [/ ?\(reply\)/, '（应答）'], [/\bnone\b/, '无'],
  [/ ?\(echo request\)/, '（回显请求）'], [/ ?\(echo reply\)/, '（回显应答）'],
  [/ ?\(destination unreachable\)/, '（目的不可达）'], [/ ?\(time exceeded\)/, '（超时）'], [/ ?\(redirect\)/, '（重定向）'],
  [/ ?\(network unreachable\)/, '（网络不可达）'], [/ ?\(host unreachable\)/, '（主机不可达）'],
  [/ ?\(port unreachable\)/, '（端口不可达）'], [/ ?\(fragmentation needed\)/, '（需要分片）'], [/ ?\(for the host\)/, '（针对主机）'],
  [/ ?\(in transit\)/, '（传输途中）'], [/ ?\(in reassembly\)/, '（重组期间）'], [/ ?\(not ECT\)/, '（非 ECT）'],
  [/(\d+) bytes/, '$1 字节'],
]

/** "ethernet" as people write it. */
export function layerName(layer: string): string {
  const [name, count] = layer.split(' ')
  return `${LAYERS[name] ?? name}${count === undefined ? '' : ` ${count}`}`
}

/** A field's name in the present language. */
export function fieldName(name: string): string {
  return language.value === 'zh' ? FIELDS_ZH[name] ?? name : name
}

/** A field's value in the present language: numbers and addresses are the same in each. Of checksums only bad news is told. */
export function valueText(text: string): string {
  const value = text.replace(/ \(correct\)$/, '')
  if (language.value !== 'zh') return value
  return VALUES_ZH.reduce((seen, [pattern, words]) => seen.replace(pattern, words), value)
}

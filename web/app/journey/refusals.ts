import { language } from '../state.ts'

const PATTERNS_ZH: readonly (readonly [RegExp, string])[] = [
  [/^"(.*)" is neither an IPv4 address nor a node of the lab$/, '“$1”既不是 IPv4 地址，也不是实验里的节点'],
  [/^node "(.*)" has no address; ask for an address instead$/, '节点“$1”没有地址；请改问一个地址'],
  [/^the lab has no node "(.*)"; its nodes: (.*)$/, '实验里没有节点“$1”；现有节点：$2'],
  [/^"(.*)" is no address, node, or ADDRESS:PORT\[\/tcp\|udp\]$/, '“$1”不是地址、节点，也不是 地址:端口[/tcp|udp]'],
  [/^(\d+) is no port; ports are 1 to 65535$/, '$1 不是端口；端口为 1 到 65535'],
  [/^"(.*)" is no protocol it can ask with; try udp$/, '不能用协议“$1”提问；可用 udp'],
  [/^TCP is not modelled yet; ask with (\S+), or (\S+) for an echo \(ICMP\)$/, 'TCP 尚未建模；请用 $1 提问，或用 $2 发回显请求（ICMP）'],
]

/** The words of a WhyError in the present language. */
export function whyRefusal(message: string): string {
  if (language.value !== 'zh') return message
  const found = PATTERNS_ZH.find(([pattern]) => pattern.test(message))
  return found === undefined ? message : message.replace(...found)
}

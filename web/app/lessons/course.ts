/**
 * The bundled labs as a course, in the order of the reference text "程序猿视角看网络": each chapter is a section of it,
 * and each lab shows one thing that the section says. A lab that fits several stands where it is needed first.
 */
export interface Chapter {
  readonly title: { readonly en: string, readonly zh: string }
  readonly labs: readonly CourseLab[]
}

export interface CourseLab {
  readonly name: string
  /** What it shows, in a line. */
  readonly claim: { readonly en: string, readonly zh: string }
}

export const COURSE: readonly Chapter[] = [
  {
    title: { en: 'Layers', zh: '网络各层' },
    labs: [
      lab('lossy-link', 'A damaged frame is found by its checksum and dropped; nobody sends it again.',
        '坏帧靠校验和发现，由网卡丢弃，没有谁替你重发。'),
      lab('mtu-black-hole', 'Small packets pass, large ones vanish, when the router cannot say what fits.',
        '小包能过，大包消失：能说明尺寸的路由器没有回去的路。'),
    ],
  },
  {
    title: { en: 'Hosts, switches, routers', zh: '网路通信' },
    labs: [
      lab('first-ping', 'The first thing on the wire is not the ping: ARP asks for a MAC address.',
        '线上最先出现的不是 ping，而是 ARP 在问 MAC 地址。'),
      lab('learn-and-flood', 'A switch floods what it does not know, and learns from the senders it sees.',
        '交换机不认识就泛洪，并从见过的发送方学习。'),
      lab('proxy-arp', 'The mask decides who is a neighbour; a router may answer for somebody else.',
        '谁是邻居由掩码决定；路由器可以替别人应答。'),
      lab('mac-changes-ip-stays', 'From hop to hop the MAC addresses change; the IP addresses stay.',
        '逐跳变的是 MAC 地址，不变的是 IP 地址。'),
    ],
  },
  {
    title: { en: 'How Linux routes', zh: '网络路由' },
    labs: [
      lab('ping-yourself', 'Table local is asked before main, so a ping to oneself never touches the card.',
        '先查 local 表再查 main 表，所以 ping 自己不经过网卡。'),
    ],
  },
  {
    title: { en: 'IP and MAC on the way', zh: '网络通信中的 IP 与 MAC' },
    labs: [
      lab('right-mac-wrong-ip', 'On one wire the MAC address alone decides who gets a frame.',
        '同一条线上，帧给谁只看 MAC 地址。'),
      lab('arp-flux', 'An address belongs to the host, not to the card: both cards answer for it.',
        '地址属于主机而不是网卡：两块网卡都会应答。'),
      lab('duplicate-address', 'Two hosts have one address, and whoever spoke last gets the packets.',
        '两台主机用了同一个地址，谁后开口包就归谁。'),
      lab('host-gw', 'Pods of another node are one route, with that node as next hop; no tunnel.',
        '别的节点上的 pod 只是一条路由，下一跳是那个节点，不用隧道。'),
    ],
  },
  {
    title: { en: 'Between networks: gateways and routers', zh: '网络间通信——网关和路由器' },
    labs: [
      lab('same-switch-two-subnets', 'One switch is not enough: two subnets need a gateway.',
        '接在同一台交换机上还不够：两个子网需要网关。'),
      lab('gateway-between-two-networks', 'One card, two networks: each packet is on the wire twice.',
        '一块网卡、两个网络：每个包在线上出现两次。'),
      lab('redirects', 'A gateway tells of a better first hop, and the host remembers it.',
        '网关会告知更好的第一跳，主机会记住。'),
      lab('two-paths', 'A near break is seen and routed around; a far one is not.',
        '近处断线看得见、绕得开；远处断线则不然。'),
      lab('ecmp-hash', 'Two equal ways: the hash of the flow chooses, not the packet.',
        '两条等价路径：按流的哈希选择，而不是按包。'),
    ],
  },
  {
    title: { en: 'The routing table of Linux', zh: 'Linux 的路由表' },
    labs: [
      lab('ip-forward-off', 'A host in the middle knows both networks and passes nothing on.',
        '站在中间的主机认识两边的网络，却什么也不转发。'),
      lab('seed-route-table', 'The nine lines of a Kubernetes node, and a packet for each of them.',
        '一台 Kubernetes 节点的九行路由，每行配一个包。'),
      lab('policy-routing', 'Rules choose the table by sender, TOS or mark, before any route is read.',
        '先由规则按源地址、TOS 或标记选表，然后才看路由。'),
      lab('rp-filter', 'The right packet by the wrong card: the way back does not fit, so it is dropped.',
        '包没错，进错了网卡：回去的路对不上，于是丢弃。'),
    ],
  },
]

function lab(name: string, en: string, zh: string): CourseLab {
  return { name, claim: { en, zh } }
}

const ALL: readonly CourseLab[] = COURSE.flatMap(({ labs }) => labs)

/** What a bundled lab shows, in a line; null: the course does not have it. */
export function claimOf(name: string): CourseLab['claim'] | null {
  return ALL.find((one) => one.name === name)?.claim ?? null
}

/** The lab after this one in the course; null after the last. */
export function nextLab(name: string): string | null {
  const at = ALL.findIndex((one) => one.name === name)
  return at < 0 ? null : ALL[at + 1]?.name ?? null
}

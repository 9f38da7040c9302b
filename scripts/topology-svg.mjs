// Draws labs/<name>/topology.svg. `node scripts/topology-svg.mjs` draws all; the pictures are kept in the repository.
// Where each node stands and what is written beside it is decided here by hand; the lab file knows no places.
import { writeFileSync } from 'node:fs'

/**
 * Per lab: size, nodes as [name, kind, x, y, lines of text], links as [a, b, name at a's end, name at b's end, label,
 * how far below the nodes' middles it runs: for two cables between the same nodes].
 * x and y are a node's middle.
 */
const LABS = {
  'first-ping': {
    size: [460, 110],
    nodes: [['alice', 'host', 90, 55, ['10.0.0.1/24']], ['bob', 'host', 370, 55, ['10.0.0.2/24']]],
    links: [['alice', 'bob', 'eth1', 'eth1']],
  },
  'learn-and-flood': {
    size: [500, 250],
    nodes: [
      ['alice', 'host', 90, 125, ['10.0.0.1/24']], ['sw', 'switch', 260, 125, ['br0']],
      ['bob', 'host', 410, 50, ['10.0.0.2/24']], ['carol', 'host', 410, 200, ['10.0.0.3/24']],
    ],
    links: [['alice', 'sw', 'eth1', 'eth1'], ['sw', 'bob', 'eth2', 'eth1'], ['sw', 'carol', 'eth3', 'eth1']],
  },
  'same-switch-two-subnets': {
    size: [540, 240],
    nodes: [
      ['alice', 'host', 90, 60, ['192.168.1.2/24']], ['sw', 'switch', 270, 60, ['br0']],
      ['bob', 'host', 450, 60, ['192.168.2.2/24']], ['r1', 'router', 270, 185, ['at 3 s: 192.168.1.1/24', '192.168.2.1/24']],
    ],
    links: [['alice', 'sw', 'eth1', 'eth1'], ['sw', 'bob', 'eth2', 'eth1'], ['sw', 'r1', 'eth3', 'eth1']],
  },
  'mac-changes-ip-stays': {
    size: [860, 150],
    nodes: [
      ['alice', 'host', 80, 75, ['10.0.1.2', '…:00:0a']], ['r1', 'router', 300, 75, ['10.0.1.1 | 10.0.12.1', '…:01:01 | …:01:02']],
      ['r2', 'router', 560, 75, ['10.0.12.2 | 10.0.2.1', '…:02:01 | …:02:02']], ['bob', 'host', 780, 75, ['10.0.2.2', '…:00:0b']],
    ],
    links: [['alice', 'r1', 'eth1', 'eth1'], ['r1', 'r2', 'eth2', 'eth1'], ['r2', 'bob', 'eth2', 'eth1']],
  },
  'right-mac-wrong-ip': {
    size: [520, 270],
    nodes: [
      ['alice', 'host', 95, 135, ['10.0.0.1/24', '…:00:0a']], ['sw', 'switch', 265, 135, ['br0']],
      ['bob', 'host', 425, 55, ['10.0.0.2/24', '…:00:0b']], ['carol', 'host', 425, 215, ['10.0.0.3/24', '…:00:0c']],
    ],
    links: [['alice', 'sw', 'eth1', 'eth1'], ['sw', 'bob', 'eth2', 'eth1'], ['sw', 'carol', 'eth3', 'eth1']],
  },
  'ip-forward-off': {
    size: [600, 120],
    nodes: [
      ['alice', 'host', 85, 60, ['10.0.1.2/24']], ['middle', 'host', 300, 60, ['10.0.1.1/24', '10.0.2.1/24']],
      ['bob', 'host', 515, 60, ['10.0.2.2/24']],
    ],
    links: [['alice', 'middle', 'eth1', 'eth1'], ['middle', 'bob', 'eth2', 'eth1']],
  },
  'ping-yourself': {
    size: [480, 120],
    nodes: [
      ['me', 'host', 110, 60, ['lo 127.0.0.1', 'eth1 10.0.0.1/24']], ['other', 'host', 390, 60, ['10.0.0.2/24']],
    ],
    links: [['me', 'other', 'eth1', 'eth1']],
  },
  'host-gw': {
    size: [800, 150],
    nodes: [
      ['pod1', 'host', 80, 75, ['10.244.0.2/24']], ['node1', 'router', 290, 75, ['10.244.0.1', '10.168.0.2']],
      ['node2', 'router', 510, 75, ['10.168.0.3', '10.244.1.1']], ['pod2', 'host', 720, 75, ['10.244.1.2/24']],
    ],
    links: [['pod1', 'node1', 'eth1', 'eth2'], ['node1', 'node2', 'eth1', 'eth1'], ['node2', 'pod2', 'eth2', 'eth1']],
  },
  'two-paths': {
    size: [600, 280],
    nodes: [
      ['a', 'router', 80, 140, ['10.0.12.1', '10.0.13.1']], ['b', 'router', 300, 50, ['10.0.12.2 | 10.0.24.2']],
      ['c', 'router', 300, 230, ['10.0.13.3 | 10.0.34.3']], ['d', 'router', 520, 140, ['10.0.24.4, 10.0.34.4', 'lo 10.9.9.9/32']],
    ],
    links: [
      ['a', 'b', 'eth1', 'eth1', 'metric 10'], ['a', 'c', 'eth2', 'eth1', 'metric 20'],
      ['b', 'd', 'eth2', 'eth1'], ['c', 'd', 'eth2', 'eth2'],
    ],
  },
  'mtu-black-hole': {
    size: [850, 280],
    nodes: [
      ['a', 'host', 65, 70, ['10.0.1.2/24']], ['r0', 'router', 250, 70, ['10.0.1.1', '10.0.10.1', '10.0.20.1']],
      ['r1', 'router', 420, 215, ['10.0.10.2 | 10.0.12.1', 'no route to a']],
      ['r2', 'router', 590, 70, ['10.0.2.1', '10.0.12.2', '10.0.20.2']], ['b', 'host', 775, 70, ['10.0.2.2/24']],
    ],
    links: [
      ['a', 'r0', 'eth1', 'eth1'], ['r0', 'r1', 'eth2', 'eth1', 'there'], ['r1', 'r2', 'eth2', 'eth1', 'MTU 1400'],
      ['r2', 'b', 'eth2', 'eth1'], ['r0', 'r2', 'eth3', 'eth3', 'back'],
    ],
  },
  'proxy-arp': {
    size: [600, 120],
    nodes: [
      ['alice', 'host', 90, 60, ['10.0.1.2/16 (!)']], ['r1', 'router', 300, 60, ['10.0.1.1/24', '10.0.2.1/24']],
      ['bob', 'host', 510, 60, ['10.0.2.2/24']],
    ],
    links: [['alice', 'r1', 'eth1', 'eth1'], ['r1', 'bob', 'eth2', 'eth1']],
  },
  'lossy-link': {
    size: [520, 120],
    nodes: [['alice', 'host', 90, 60, ['10.0.0.1/24']], ['bob', 'host', 430, 60, ['10.0.0.2/24']]],
    links: [['alice', 'bob', 'eth1', 'eth1', '5 ms, bad']],
  },
  'rp-filter': {
    size: [700, 170],
    nodes: [
      ['client', 'host', 85, 80, ['10.0.0.2/24']], ['r1', 'router', 310, 80, ['10.0.0.1', '10.0.1.1', '10.0.2.1']],
      ['server', 'host', 600, 80, ['eth1 10.0.1.2/24', 'eth2 10.0.2.2/24', 'via 10.0.1.1']],
    ],
    links: [
      ['client', 'r1', 'eth1', 'eth1'], ['r1', 'server', 'eth2', 'eth1', 'answers', -22], ['r1', 'server', 'eth3', 'eth2', 'requests', 22],
    ],
  },
  'policy-routing': {
    size: [880, 270],
    nodes: [
      ['staff', 'host', 85, 60, ['10.1.0.2/24']], ['guest', 'host', 85, 210, ['10.2.0.2/24']],
      ['r1', 'router', 310, 135, ['10.1.0.1, 10.2.0.1', '192.0.2.1', '198.51.100.1']],
      ['isp1', 'router', 545, 60, ['192.0.2.2 | 192.0.2.5']], ['isp2', 'router', 545, 210, ['198.51.100.2 | .5']],
      ['server', 'host', 780, 135, ['192.0.2.6', '198.51.100.6', 'lo 203.0.113.9']],
    ],
    links: [
      ['staff', 'r1', 'eth1', 'eth1'], ['guest', 'r1', 'eth1', 'eth2'],
      ['r1', 'isp1', 'eth3', 'eth1'], ['r1', 'isp2', 'eth4', 'eth1'],
      ['isp1', 'server', 'eth2', 'eth1'], ['isp2', 'server', 'eth2', 'eth2'],
    ],
  },
  'duplicate-address': {
    size: [520, 270],
    nodes: [
      ['alice', 'host', 95, 135, ['10.0.0.1/24', '…:00:0a']], ['sw', 'switch', 265, 135, ['br0']],
      ['printer', 'host', 425, 55, ['10.0.0.2/24', '…:00:0b']], ['camera', 'host', 425, 215, ['10.0.0.2/24 (!)', '…:00:0c']],
    ],
    links: [['alice', 'sw', 'eth1', 'eth1'], ['sw', 'printer', 'eth3', 'eth1'], ['sw', 'camera', 'eth2', 'eth1']],
  },
  'arp-flux': {
    size: [600, 150],
    nodes: [
      ['alice', 'host', 95, 75, ['10.0.0.9/24']], ['sw', 'switch', 275, 75, ['br0']],
      ['server', 'host', 490, 75, ['eth1 10.0.0.1 …:01', 'eth2 10.0.0.2 …:02']],
    ],
    links: [
      ['alice', 'sw', 'eth1', 'eth1'], ['sw', 'server', 'eth2', 'eth1', undefined, -17], ['sw', 'server', 'eth3', 'eth2', undefined, 17],
    ],
  },
  'ecmp-hash': {
    size: [640, 280],
    nodes: [
      ['a', 'router', 80, 140, ['10.0.12.1', '10.0.13.1', 'lo 10.1.1.1']], ['b', 'router', 310, 50, ['10.0.12.2 | 10.0.24.2']],
      ['c', 'router', 310, 230, ['10.0.13.3 | 10.0.34.3']], ['d', 'host', 550, 140, ['10.0.24.4, 10.0.34.4', 'lo 10.9.9.1 … .4']],
    ],
    links: [
      ['a', 'b', 'eth1', 'eth1'], ['a', 'c', 'eth2', 'eth1'],
      ['b', 'd', 'eth2', 'eth1'], ['c', 'd', 'eth2', 'eth2'],
    ],
  },
  'redirects': {
    size: [660, 250],
    nodes: [
      ['alice', 'host', 95, 135, ['10.0.0.9/24', 'via 10.0.0.1']], ['sw', 'switch', 255, 135, ['br0']],
      ['r1', 'router', 400, 50, ['10.0.0.1/24']], ['r2', 'router', 400, 205, ['10.0.0.2', '10.9.0.1']],
      ['bob', 'host', 575, 205, ['10.9.0.2/24']],
    ],
    links: [
      ['alice', 'sw', 'eth1', 'eth1'], ['sw', 'r1', 'eth2', 'eth1'], ['sw', 'r2', 'eth3', 'eth1'], ['r2', 'bob', 'eth2', 'eth1'],
    ],
  },
  'gateway-between-two-networks': {
    size: [580, 270],
    nodes: [
      ['a1', 'host', 100, 55, ['192.168.1.2/24']], ['a2', 'host', 100, 215, ['192.168.1.3/24']],
      ['sw', 'switch', 290, 135, ['br0']], ['b1', 'host', 480, 55, ['192.168.2.2/24']],
      ['gw', 'router', 480, 210, ['192.168.1.1/24', '192.168.2.1/24']],
    ],
    links: [
      ['a1', 'sw', 'eth1', 'eth1'], ['a2', 'sw', 'eth1', 'eth2'], ['sw', 'b1', 'eth3', 'eth1'], ['sw', 'gw', 'eth4', 'eth1'],
    ],
  },
  'seed-route-table': {
    size: [890, 460],
    nodes: [
      ['nat', 'host', 110, 60, ['10.0.2.2', 'lo 8.8.8.8']],
      ['ubuntu-1', 'router', 400, 130, ['enp0s3 10.0.2.15/24', 'enp0s8 192.168.56.101/24', 'docker0 172.17.0.1/16', 'tunl0 172.32.185.64/32']],
      ['pod1', 'host', 800, 60, ['172.32.185.70/32']], ['pod2', 'host', 800, 200, ['172.32.185.71/32']],
      ['sw', 'switch', 290, 290, ['192.168.56.0/24']], ['tunnel', 'switch', 510, 290, ['for IPIP']],
      ['ubuntu-2', 'router', 150, 410, ['192.168.56.102', 'lo 172.32.243.1']],
      ['ubuntu-3', 'router', 650, 410, ['192.168.56.103', 'lo 172.32.135.129']],
    ],
    links: [
      ['nat', 'ubuntu-1', 'eth1', 'enp0s3'], ['ubuntu-1', 'pod1', '', 'eth0', 'calie34960bc671'],
      ['ubuntu-1', 'pod2', '', 'eth0', 'cali6d5e7989019'], ['ubuntu-1', 'sw', 'enp0s8', 'eth1'],
      ['sw', 'ubuntu-2', 'eth2', 'eth1'], ['sw', 'ubuntu-3', 'eth3', 'eth1'],
      ['ubuntu-1', 'tunnel', 'tunl0', 'eth1'],
      ['tunnel', 'ubuntu-2', 'eth2', 'tunl0'], ['tunnel', 'ubuntu-3', 'eth3', 'tunl0'],
    ],
  },
}

const STYLE = `
    text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: #1f2937; text-anchor: middle }
    .name { font: 600 15px ui-sans-serif, system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif }
    .end { font-size: 11px; fill: #6b7280 }
    .label { font-size: 12px; fill: #b45309 }
    .cable { stroke: #6b7280; stroke-width: 2 }
    .bare { fill: #ffffff }
    rect { stroke-width: 1.5 }
    .host { fill: #dbeafe; stroke: #3b82f6 }
    .router { fill: #fef3c7; stroke: #d97706 }
    .switch { fill: #dcfce7; stroke: #16a34a }
    @media (prefers-color-scheme: dark) {
      text { fill: #e5e7eb }
      .end { fill: #9ca3af }
      .label { fill: #fbbf24 }
      .cable { stroke: #9ca3af }
      .bare { fill: #0d1117 }
      .host { fill: #172554; stroke: #60a5fa }
      .router { fill: #451a03; stroke: #f59e0b }
      .switch { fill: #052e16; stroke: #4ade80 }
    }`

const escape = (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;')

function box([name, kind, x, y, lines]) {
  const width = Math.max(72, ...lines.map((line) => line.length * 7.9 + 20))
  const height = 30 + lines.length * 18
  return { name, kind, x, y, lines, width, height }
}

/** Where the line from the middle of `from` towards `to` leaves the box. */
function edge(from, to, further) {
  const dx = to.x - from.x
  const dy = to.y - from.y
  const length = Math.hypot(dx, dy)
  const share = Math.min(from.width / 2 / Math.abs(dx || 1e-9), from.height / 2 / Math.abs(dy || 1e-9))
  return { x: from.x + dx * share + (dx / length) * further, y: from.y + dy * share + (dy / length) * further }
}

function drawLink([a, b, endA, endB, label, below = 0], boxes) {
  const [from, to] = [boxes.get(a), boxes.get(b)].map((box) => ({ ...box, y: box.y + below }))
  const [p, q] = [edge(from, to, 0), edge(to, from, 0)]
  const flat = Math.abs(q.y - p.y) < 20
  const upright = Math.abs(q.x - p.x) < 20
  const place = (end, other, text) => {
    const at = edge(end, other, flat ? 19 : 16)
    const [near, y] = flat ? [at.x, at.y - 6] : upright ? [at.x + 20, at.y + 4] : [at.x + (at.x < other.x ? -8 : 8), at.y + (at.y < other.y ? 14 : -8)]
    // No text under its own box: out at the side where the cable leaves.
    const [half, side] = [text.length * 3.4 + 3, other.x > end.x ? 1 : -1]
    const inside = Math.abs(near - end.x) < end.width / 2 + half && Math.abs(y - end.y + 4) < end.height / 2 + 8
    const x = inside && !flat && label === undefined ? end.x + side * (end.width / 2 + half) : near
    return `  <text class="end" x="${x.toFixed(1)}" y="${y.toFixed(1)}">${text}</text>`
  }
  const lines = [
    `  <line class="cable" x1="${p.x.toFixed(1)}" y1="${p.y.toFixed(1)}" x2="${q.x.toFixed(1)}" y2="${q.y.toFixed(1)}"/>`,
    place(from, to, endA), place(to, from, endB),
  ]
  if (label !== undefined) {
    const [x, y, w] = [(p.x + q.x) / 2, (p.y + q.y) / 2, label.length * 7.4 + 8]
    lines.push(`  <rect class="bare" x="${(x - w / 2).toFixed(1)}" y="${(y - 9).toFixed(1)}" width="${w.toFixed(1)}" height="18"/>`)
    lines.push(`  <text class="label" x="${x.toFixed(1)}" y="${(y + 4).toFixed(1)}">${escape(label)}</text>`)
  }
  return lines
}

function drawNode({ name, kind, x, y, lines, width, height }) {
  const top = y - height / 2
  return [
    `  <rect class="${kind}" x="${(x - width / 2).toFixed(1)}" y="${top}" width="${width.toFixed(1)}" height="${height}" rx="8"/>`,
    `  <text class="name" x="${x}" y="${top + 20}">${name}</text>`,
    ...lines.map((line, i) => `  <text x="${x}" y="${top + 38 + i * 18}">${escape(line)}</text>`),
  ]
}

for (const [lab, { size, nodes, links }] of Object.entries(LABS)) {
  const boxes = new Map(nodes.map((node) => [node[0], box(node)]))
  // As large as it says, and no box may be cut.
  const width = Math.ceil(Math.max(size[0], ...[...boxes.values()].map((b) => b.x + b.width / 2 + 12)))
  const height = Math.ceil(Math.max(size[1], ...[...boxes.values()].map((b) => b.y + b.height / 2 + 12)))
  const svg = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${lab}">`,
    `  <style>${STYLE}\n  </style>`,
    ...links.flatMap((link) => drawLink(link, boxes)),
    ...[...boxes.values()].flatMap(drawNode),
    '</svg>', '',
  ]
  writeFileSync(new URL(`../labs/${lab}/topology.svg`, import.meta.url), svg.join('\n'))
}

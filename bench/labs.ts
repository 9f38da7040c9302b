/** Labs made for benches: their YAML, of any size. */

/**
 * Hosts behind switches, each switch with its subnet behind a port of a router, the routers in a ring. Every host has
 * an address and a gateway; routers have routes to their neighbours' subnets by default routes around the ring.
 */
export function campus(hosts: number, switches: number, routers: number): string {
  const nodes: string[] = []
  const links: string[] = []
  const routerPorts: string[][] = Array.from({ length: routers }, () => [])
  const perSwitch = Math.ceil(hosts / switches)
  let host = 0
  for (let s = 0; s < switches; s++) {
    const subnet = `10.${s >> 6}.${(s & 63) << 2}`
    const router = s % routers
    const port = `eth${routerPorts[router].length + 1}`
    routerPorts[router].push(`${port}: ${subnet}.1/22`)
    nodes.push(`    sw${s}: { kind: switch }`)
    links.push(`    - endpoints: ["r${router}:${port}", "sw${s}:uplink"]`)
    for (let i = 0; i < perSwitch && host < hosts; i++, host++) {
      nodes.push(`    h${host}: { kind: host, interfaces: { eth1: ${subnet}.${i + 2}/22 }, gateway: ${subnet}.1 }`)
      links.push(`    - endpoints: ["h${host}:eth1", "sw${s}:p${i + 1}"]`)
    }
  }
  for (let r = 0; r < routers && routers > 1; r++) {
    const next = (r + 1) % routers
    routerPorts[r].push(`right: 172.16.${r}.1/24`)
    routerPorts[next].push(`left: 172.16.${r}.2/24`)
    links.push(`    - endpoints: ["r${r}:right", "r${next}:left"]`)
  }
  for (let r = 0; r < routers; r++) {
    const gateway = routers > 1 ? `, gateway: 172.16.${r}.2` : ''
    nodes.push(`    r${r}: { kind: router, interfaces: { ${routerPorts[r].join(', ')} }${gateway} }`)
  }
  return `name: campus\ntopology:\n  nodes:\n${nodes.join('\n')}\n  links:\n${links.join('\n')}\n`
}

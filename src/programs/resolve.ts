import type { Process } from '../host/process.ts'
import { formatIpv4, parseIpv4, parseIpv4Aton } from '../wire/address.ts'

/**
 * Names and addresses through /etc/hosts, as glibc's resolver with `hosts: files dns` and no name server that answers:
 * an unknown name is a temporary failure (EAI_AGAIN).
 */
export const EAI_AGAIN_TEXT = 'Temporary failure in name resolution'

/** Why a name has no address: what cannot be a name of DNS is not even asked for (EAI_NONAME). */
export function resolutionError(name: string): string {
  return /^[A-Za-z0-9_.-]+$/.test(name) ? EAI_AGAIN_TEXT : 'Name or service not known'
}

/** Lines of /etc/hosts: an IPv4 address and its names. */
function hosts(process: Process): { readonly address: number, readonly names: readonly string[] }[] {
  const text = process.readFile('/etc/hosts')
  if (typeof text === 'number') return []
  const out: { address: number, names: string[] }[] = []
  for (const line of text.split('\n')) {
    const [first, ...names] = line.replace(/#.*/, '').trim().split(/\s+/)
    const address = parseIpv4(first)
    if (address !== null && names.length > 0) out.push({ address, names })
  }
  return out
}

/** The IPv4 address of a name or a number in any of inet_aton's forms; null when nobody knows it. */
export function resolveIpv4(process: Process, name: string): number | null {
  const literal = parseIpv4Aton(name)
  if (literal !== null) return literal
  const wanted = name.toLowerCase()
  for (const { address, names } of hosts(process)) {
    if (names.some((each) => each.toLowerCase() === wanted)) return address
  }
  return null
}

/** The name of an address (getnameinfo), or null when nobody knows one: EAI_AGAIN, since no name server answers. */
export function knownNameOf(process: Process, address: number): string | null {
  for (const entry of hosts(process)) if (entry.address === address) return entry.names[0]
  return null
}

/** The name of an address, or the address itself when it has none. */
export function nameOf(process: Process, address: number): string {
  return knownNameOf(process, address) ?? formatIpv4(address)
}

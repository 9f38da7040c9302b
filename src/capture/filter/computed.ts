/**
 * Tests that no field and comparison tell: where a Geneve tunnel's packet begins, and chains of headers. They are
 * instructions of classic BPF, in the order in which libpcap 1.10.3 writes them (gencode.c gen_geneve(),
 * gen_protochain()), since `tcpdump -d` shows them.
 */
import * as bpf from './classic-codes.ts'
import type { Code, CodeStep, Register, Size } from './syntax-tree.ts'

const IPPROTO_AH = 51
const IPPROTO_NONE = 59
const ETHERTYPE_TEB = 0x6558
const IPV6_HEADER_LENGTH = 40
/** Hop-by-hop and destination options, routing, fragment: the next header and the length stand at their begin. */
const IPV6_EXTENSIONS = [0, 60, 43, 44]

function step(code: number, k: number | Register = 0, jt = 0, jf = 0): CodeStep {
  return { code, k, jt, jf }
}

function code(steps: readonly CodeStep[], branch: CodeStep, takes: readonly Register[] = [],
  frees: readonly Register[] = []): Code {
  return { kind: 'code', steps, branch, takes, frees }
}

/** The header length of the IPv4 packet into X. */
export function headerLength4(at: number, base: Register | null): CodeStep[] {
  if (base === null) return [step(bpf.LDX_MSH, at)]
  return [step(bpf.LDX_MEM, base), step(bpf.LD_IND[1], at), step(bpf.AND_K, 15), step(bpf.LSH_K, 2), step(bpf.ADD_X),
    step(bpf.TAX)]
}

/** Leaves the length of an outer IPv4 header, and what it is counted from, in A; true, by comparing it to itself. */
export function outerLength4(at: number, base: Register | null): Code {
  return code([...headerLength4(at, base), step(bpf.TXA)], step(bpf.JEQ_X))
}

export function outerLength6(base: Register | null): Code {
  const fixed = step(bpf.LD_IMM, IPV6_HEADER_LENGTH)
  if (base === null) return code([fixed, step(bpf.TAX)], step(bpf.JEQ_X))
  return code([step(bpf.LDX_MEM, base), fixed, step(bpf.ADD_X), step(bpf.TAX)], step(bpf.JEQ_X))
}

/**
 * From the outer header's length in A: where the inner EtherType, link layer header and payload lie. Without inner
 * Ethernet the EtherType is the tunnel's own, and the last two are one. Always true.
 */
export function geneveOffsets(afterUdp: number, type: Register, link: Register, payload: Register): Code {
  return code([
    step(bpf.ADD_K, afterUdp), step(bpf.TAX), step(bpf.ADD_K, 2), step(bpf.ST, type), step(bpf.LD_IND[1]),
    step(bpf.AND_K, 0x3f), step(bpf.MUL_K, 4), step(bpf.ADD_K, 8), step(bpf.ADD_X), step(bpf.ST, link),
    step(bpf.LD_IND[2], 2), step(bpf.LDX_MEM, link), step(bpf.JEQ_K, ETHERTYPE_TEB, 0, 5),
    step(bpf.TXA), step(bpf.ADD_K, 12), step(bpf.ST, type), step(bpf.ADD_K, 2), step(bpf.TAX),
    step(bpf.STX, payload), step(bpf.LD_IMM, 0),
  ], step(bpf.JEQ_K, 0), [type, link, payload])
}

/** Two memory words hold the same. */
export function sameWords(left: Register, right: Register): Code {
  return code([step(bpf.LD_MEM, left), step(bpf.LDX_MEM, right)], step(bpf.JEQ_X))
}

/**
 * The next header of an authentication header at X into A, and behind it into X. libpcap forgets where the header
 * began: a second one is looked for at the length of the first.
 */
function behindAuthentication(at: number, kept: Register): CodeStep[] {
  return [
    step(bpf.TXA), step(bpf.LD_IND[1], at), step(bpf.ST, kept), step(bpf.TXA), step(bpf.ADD_K, 1), step(bpf.TAX),
    step(bpf.LD_IND[1], at), step(bpf.ADD_K, 2), step(bpf.MUL_K, 4), step(bpf.TAX), step(bpf.LD_MEM, kept),
  ]
}

/** `leaked`: words that libpcap takes before and never gives back. */
export function ipv4Chain(number: number, at: number, leaked: readonly Register[]): Code {
  const kept = { word: -1 }
  const tail = behindAuthentication(at, kept)
  return code([
    step(bpf.LD_ABS[1], at + 9), step(bpf.LDX_MSH, at),
    step(bpf.JEQ_K, number, tail.length + 4, 0), step(bpf.JEQ_K, IPPROTO_NONE, tail.length + 3, 0), step(bpf.ADD_K),
    step(bpf.JEQ_K, IPPROTO_AH, 0, tail.length + 1), ...tail, step(bpf.JA, -(tail.length + 5)), step(bpf.ADD_K),
  ], step(bpf.JEQ_K, number), [...leaked, kept], [kept])
}

export function ipv6Chain(number: number, at: number): Code {
  const kept = { word: -1 }
  const tail = behindAuthentication(at, kept)
  const extension = [
    step(bpf.LD_IND[1], at), step(bpf.ST, kept), step(bpf.LD_IND[1], at + 1), step(bpf.ADD_K, 1), step(bpf.MUL_K, 8),
    step(bpf.ADD_X), step(bpf.TAX), step(bpf.LD_MEM, kept), step(bpf.JA, -15),
  ]
  const toEnd = extension.length + tail.length + 2
  const kinds = IPV6_EXTENSIONS.map((kind, i) =>
    step(bpf.JEQ_K, kind, 3 - i, i === 3 ? extension.length : 0))
  return code([
    step(bpf.LD_ABS[1], at + 6), step(bpf.LDX_IMM, IPV6_HEADER_LENGTH),
    step(bpf.JEQ_K, number, toEnd + 5, 0), step(bpf.JEQ_K, IPPROTO_NONE, toEnd + 4, 0), ...kinds, ...extension,
    step(bpf.JEQ_K, IPPROTO_AH, 0, tail.length + 1), ...tail, step(bpf.JA, -(toEnd + 6)), step(bpf.ADD_K),
  ], step(bpf.JEQ_K, number), [kept], [kept])
}

/** A load at a fixed place behind what a memory word holds; for a transport field behind that IPv4 header too. */
export function loadFromBase(at: number, headerAt: number | null, size: Size, base: Register): CodeStep[] {
  const start = headerAt === null ? [step(bpf.LDX_MEM, base)] : headerLength4(headerAt, base)
  return [...start, step(bpf.LD_IND[size], at)]
}

/**
 * libpcap's own program for our machine, one instruction for one. For filters with `geneve` or `protochain`: their code
 * jumps inside of a test and backwards, so nothing is joined or left out; libpcap does not optimise them either.
 */
import * as bpf from './classic-codes.ts'
import type { Instruction } from './listing.ts'
import * as op from './program.ts'
import { Program, WORDS_PER_INSTRUCTION } from './program.ts'
import type { Test } from './syntax-tree.ts'

const OPERATIONS: ReadonlyMap<number, number> = new Map([
  [bpf.LD_IMM, op.LD_IMM], [bpf.LDX_IMM, op.LDX_IMM], [bpf.ST, op.ST], [bpf.STX, op.STX], [bpf.LD_MEM, op.LD_MEM],
  [bpf.LDX_MEM, op.LDX_MEM], [bpf.LD_LEN, op.LD_LEN], [bpf.LDX_MSH, op.LDX_MSH], [bpf.TAX, op.TAX], [bpf.TXA, op.TXA],
  [0x30, op.LD_B], [0x28, op.LD_H], [0x20, op.LD_W], [0x50, op.LD_B_X], [0x48, op.LD_H_X], [0x40, op.LD_W_X],
  [bpf.ADD_K, op.ADD_K], [bpf.MUL_K, op.MUL_K], [bpf.AND_K, op.AND_K], [bpf.LSH_K, op.LSH_K], [bpf.NEG, op.NEG],
  [bpf.ADD_X, op.ADD_X], [bpf.SUB_X, op.SUB_X], [0x2c, op.MUL_X], [0x3c, op.DIV_X], [0x4c, op.OR_X], [0x5c, op.AND_X],
  [0x6c, op.LSH_X], [0x7c, op.RSH_X], [0x9c, op.MOD_X], [0xac, op.XOR_X],
  [bpf.JEQ_K, op.JEQ_K], [0x25, op.JGT_K], [0x35, op.JGE_K], [0x45, op.JSET_K], [bpf.JEQ_X, op.JEQ_X],
  [0x2d, op.JGT_X], [0x3d, op.JGE_X],
])

/** Whether a test of the filter is made of instructions. */
export function hasCode(test: Test): boolean {
  const waiting = [test]
  while (waiting.length > 0) {
    const one = waiting.pop() as Test
    if (one.kind === 'code') return true
    if (one.kind === 'and' || one.kind === 'or') waiting.push(one.left, one.right)
    else if (one.kind === 'not') waiting.push(one.test)
  }
  return false
}

/** A program that passes a frame when `instructions` return anything but 0. */
export function translate(instructions: readonly Instruction[]): Program {
  const code = new Int32Array(instructions.length * WORDS_PER_INSTRUCTION)
  for (const [index, { code: what, k, jt, jf }] of instructions.entries()) {
    const target = (distance: number): number => (index + 1 + distance) * WORDS_PER_INSTRUCTION
    const jump = (to: number): number[] => [op.JA, 0, -1, 0, to, to, 0, 0]
    const isIndexed = (what & 0xe7) === 0x40
    const isAbsolute = (what & 0xe7) === 0x20
    let words = [OPERATIONS.get(what) ?? op.JA, isAbsolute ? k : 0, -1, k, target(jt), target(jf), 0, 0]
    if (what === bpf.RET_K) words = jump(k === 0 ? op.REFUSE_PC : op.ACCEPT_PC)
    else if (what === bpf.JA) words = jump(target(k))
    // To libpcap an offset is unsigned: what lies before X is past the end. (`mpls and geneve and ip` asks for it.)
    else if (isIndexed && k < 0) words = jump(op.REFUSE_PC)
    else if (isAbsolute && k < 0) words[0] = k === INTERFACE_INDEX ? op.LD_IFINDEX : op.LD_TYPE
    code.set(words, index * WORDS_PER_INSTRUCTION)
  }
  return new Program(code)
}

/** SKF_AD_OFF + SKF_AD_IFINDEX of Linux include/uapi/linux/filter.h. */
const INTERFACE_INDEX = -4096 + 8

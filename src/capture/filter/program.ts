// Hot path.
/**
 * The machine that runs a filter. What it computes is classic BPF's (Linux include/uapi/linux/filter.h;
 * net/core/filter.c): an accumulator A, an index X, 16 words of memory, loads in network byte order; a load past the
 * end, or a division by zero, ends the program with "no".
 *
 * Its instructions are wider than BPF's, since what costs is the way from one to the next (2 to 3 ns) and not what
 * each does: load, mask, compare and jump are one. `host 10.0.0.1 or host ...` becomes one look-up in a table. An
 * instruction is eight words, jumps are word indices, ACCEPT and REFUSE are negative ones:
 *
 *     | operation | at | mask | k | when true | when false | header | or at |
 *
 * `at` is where a load reads, counted from the frame's start; in the operations _T (of a transport header) from there
 * plus the length of the IPv4 header that begins at `header`. Every load ands with `mask`.
 */

export const LD_B = 0
export const LD_H = 1
export const LD_W = 2
export const LD_B_T = 3
export const LD_H_T = 4
export const LD_W_T = 5
export const LD_B_JEQ = 6
export const LD_H_JEQ = 7
export const LD_W_JEQ = 8
export const LD_B_T_JEQ = 9
export const LD_H_T_JEQ = 10
export const LD_W_T_JEQ = 11
export const LD_B_JSET = 12
export const LD_H_JSET = 13
export const LD_B_T_JSET = 14
export const LD_B_JGE = 15
export const LD_H_T_JGE = 16
export const JEQ_K = 17
export const JGT_K = 18
export const JGE_K = 19
export const JSET_K = 20
/** A is in the table at `at`: of 2^(32 - mask) words, by the multiplier k. */
export const JIN = 21
export const LD_LEN = 22
export const LD_IMM = 23
export const LD_MEM = 24
export const LDX_MEM = 25
export const ST = 26
export const LD_B_X = 27
export const LD_H_X = 28
export const LD_W_X = 29
export const LDX_MSH = 30
export const TAX = 31
export const JEQ_X = 32
export const JGT_X = 33
export const JGE_X = 34
export const ADD_X = 35
export const SUB_X = 36
export const MUL_X = 37
export const DIV_X = 38
export const MOD_X = 39
export const AND_X = 40
export const OR_X = 41
export const XOR_X = 42
export const LSH_X = 43
export const RSH_X = 44
export const NEG = 45
export const LD_TYPE = 46
export const LD_IFINDEX = 47
/** One of two fields is k: source or destination. */
export const LD_W_JEQ_EITHER = 48
export const LD_H_T_JEQ_EITHER = 49
/** Of programs that keep to libpcap's own instructions (classic.ts). */
export const LDX_IMM = 50
export const STX = 51
export const TXA = 52
export const ADD_K = 53
export const MUL_K = 54
export const AND_K = 55
export const LSH_K = 56
/** Goes to `when true`; backwards no more than MAX_TURNS times in one frame. */
export const JA = 57

export const WORDS_PER_INSTRUCTION = 8
export const MEMORY_WORDS = 16
/** More headers than a frame has room for. */
export const MAX_TURNS = 16_384
export const ACCEPT_PC = -1
export const REFUSE_PC = -2

/** A compiled filter: plain data, that may be kept, sent to a worker and shared. */
export class Program {
  readonly code: Int32Array
  /** Where it begins: 0, or ACCEPT_PC when it passes everything. */
  readonly entry: number
  private readonly memory = new Int32Array(MEMORY_WORDS)

  constructor(code: Int32Array, entry = 0) {
    this.code = code
    this.entry = entry
  }

  /**
   * Whether the frame `[at, end)` passes. `wireLength` is what `len` and `greater` see: the length before a snap
   * length cut it. `packetType` and `ifindex` are those of a live capture (PACKET_OUTGOING and its like), and only
   * filters that were compiled for one ask them. Allocates nothing.
   */
  matches(view: DataView, at: number, end: number, wireLength: number, packetType = 0, ifindex = 0): boolean {
    const code = this.code
    let a = 0
    let x = 0
    let to = 0
    let turns = 0
    let pc = this.entry
    while (pc >= 0) {
      switch (code[pc]) {
        case LD_B:
          to = at + code[pc + 1]
          if (to + 1 > end) return false
          a = view.getUint8(to) & code[pc + 2]
          break
        case LD_H:
          to = at + code[pc + 1]
          if (to + 2 > end) return false
          a = view.getUint16(to) & code[pc + 2]
          break
        case LD_W:
          to = at + code[pc + 1]
          if (to + 4 > end) return false
          a = view.getInt32(to) & code[pc + 2]
          break
        case LD_B_T:
          to = transportAt(code, pc, view, at, end)
          if (to + 1 > end) return false
          a = view.getUint8(to) & code[pc + 2]
          break
        case LD_H_T:
          to = transportAt(code, pc, view, at, end)
          if (to + 2 > end) return false
          a = view.getUint16(to) & code[pc + 2]
          break
        case LD_W_T:
          to = transportAt(code, pc, view, at, end)
          if (to + 4 > end) return false
          a = view.getInt32(to) & code[pc + 2]
          break
        case LD_B_JEQ:
          to = at + code[pc + 1]
          if (to + 1 > end) return false
          a = view.getUint8(to) & code[pc + 2]
          pc = a === code[pc + 3] ? code[pc + 4] : code[pc + 5]
          continue
        case LD_H_JEQ:
          to = at + code[pc + 1]
          if (to + 2 > end) return false
          a = view.getUint16(to) & code[pc + 2]
          pc = a === code[pc + 3] ? code[pc + 4] : code[pc + 5]
          continue
        case LD_W_JEQ:
          to = at + code[pc + 1]
          if (to + 4 > end) return false
          a = view.getInt32(to) & code[pc + 2]
          pc = a === code[pc + 3] ? code[pc + 4] : code[pc + 5]
          continue
        case LD_B_T_JEQ:
          to = transportAt(code, pc, view, at, end)
          if (to + 1 > end) return false
          a = view.getUint8(to) & code[pc + 2]
          pc = a === code[pc + 3] ? code[pc + 4] : code[pc + 5]
          continue
        case LD_H_T_JEQ:
          to = transportAt(code, pc, view, at, end)
          if (to + 2 > end) return false
          a = view.getUint16(to) & code[pc + 2]
          pc = a === code[pc + 3] ? code[pc + 4] : code[pc + 5]
          continue
        case LD_W_T_JEQ:
          to = transportAt(code, pc, view, at, end)
          if (to + 4 > end) return false
          a = view.getInt32(to) & code[pc + 2]
          pc = a === code[pc + 3] ? code[pc + 4] : code[pc + 5]
          continue
        case LD_W_JEQ_EITHER:
          to = at + code[pc + 1]
          if (to + 4 > end) return false
          a = view.getInt32(to) & code[pc + 2]
          if (a === code[pc + 3]) {
            pc = code[pc + 4]
            continue
          }
          to = at + code[pc + 7]
          if (to + 4 > end) return false
          a = view.getInt32(to) & code[pc + 2]
          pc = a === code[pc + 3] ? code[pc + 4] : code[pc + 5]
          continue
        case LD_H_T_JEQ_EITHER:
          to = transportAt(code, pc, view, at, end)
          if (to + 2 > end) return false
          a = view.getUint16(to) & code[pc + 2]
          if (a === code[pc + 3]) {
            pc = code[pc + 4]
            continue
          }
          to = to - code[pc + 1] + code[pc + 7]
          if (to + 2 > end) return false
          a = view.getUint16(to) & code[pc + 2]
          pc = a === code[pc + 3] ? code[pc + 4] : code[pc + 5]
          continue
        case LD_B_JSET:
          to = at + code[pc + 1]
          if (to + 1 > end) return false
          a = view.getUint8(to) & code[pc + 2]
          pc = (a & code[pc + 3]) !== 0 ? code[pc + 4] : code[pc + 5]
          continue
        case LD_H_JSET:
          to = at + code[pc + 1]
          if (to + 2 > end) return false
          a = view.getUint16(to) & code[pc + 2]
          pc = (a & code[pc + 3]) !== 0 ? code[pc + 4] : code[pc + 5]
          continue
        case LD_B_T_JSET:
          to = transportAt(code, pc, view, at, end)
          if (to + 1 > end) return false
          a = view.getUint8(to) & code[pc + 2]
          pc = (a & code[pc + 3]) !== 0 ? code[pc + 4] : code[pc + 5]
          continue
        case LD_B_JGE:
          to = at + code[pc + 1]
          if (to + 1 > end) return false
          a = view.getUint8(to) & code[pc + 2]
          pc = a >= (code[pc + 3] >>> 0) ? code[pc + 4] : code[pc + 5]
          continue
        case LD_H_T_JGE:
          to = transportAt(code, pc, view, at, end)
          if (to + 2 > end) return false
          a = view.getUint16(to) & code[pc + 2]
          pc = a >= (code[pc + 3] >>> 0) ? code[pc + 4] : code[pc + 5]
          continue
        case JEQ_K: pc = a === code[pc + 3] ? code[pc + 4] : code[pc + 5]; continue
        case JGT_K: pc = (a >>> 0) > (code[pc + 3] >>> 0) ? code[pc + 4] : code[pc + 5]; continue
        case JGE_K: pc = (a >>> 0) >= (code[pc + 3] >>> 0) ? code[pc + 4] : code[pc + 5]; continue
        case JSET_K: pc = (a & code[pc + 3]) !== 0 ? code[pc + 4] : code[pc + 5]; continue
        case JIN:
          to = code[pc + 1] + (Math.imul(a, code[pc + 3]) >>> code[pc + 2])
          pc = code[to] === a ? code[pc + 4] : code[pc + 5]
          continue
        case LD_LEN: a = wireLength | 0; break
        case LD_TYPE: a = packetType; break
        case LD_IFINDEX: a = ifindex; break
        case LD_IMM: a = code[pc + 3]; break
        case LD_MEM: a = this.memory[code[pc + 3]]; break
        case LDX_MEM: x = this.memory[code[pc + 3]]; break
        case ST: this.memory[code[pc + 3]] = a; break
        case LD_B_X:
          to = at + (x >>> 0) + code[pc + 3]
          if (to + 1 > end) return false
          a = view.getUint8(to)
          break
        case LD_H_X:
          to = at + (x >>> 0) + code[pc + 3]
          if (to + 2 > end) return false
          a = view.getUint16(to)
          break
        case LD_W_X:
          to = at + (x >>> 0) + code[pc + 3]
          if (to + 4 > end) return false
          a = view.getInt32(to)
          break
        case LDX_MSH:
          to = at + code[pc + 3]
          if (to + 1 > end) return false
          x = (view.getUint8(to) & 15) << 2
          break
        case TAX: x = a; break
        case JEQ_X: pc = a === x ? code[pc + 4] : code[pc + 5]; continue
        case JGT_X: pc = (a >>> 0) > (x >>> 0) ? code[pc + 4] : code[pc + 5]; continue
        case JGE_X: pc = (a >>> 0) >= (x >>> 0) ? code[pc + 4] : code[pc + 5]; continue
        case ADD_X: a = (a + x) | 0; break
        case SUB_X: a = (a - x) | 0; break
        case MUL_X: a = Math.imul(a, x); break
        case DIV_X:
          if (x === 0) return false
          a = ((a >>> 0) / (x >>> 0)) | 0
          break
        case MOD_X:
          if (x === 0) return false
          a = ((a >>> 0) % (x >>> 0)) | 0
          break
        case AND_X: a = a & x; break
        case OR_X: a = a | x; break
        case XOR_X: a = a ^ x; break
        case LSH_X: a = (x >>> 0) > 31 ? 0 : a << x; break
        case RSH_X: a = (x >>> 0) > 31 ? 0 : (a >>> x) | 0; break
        case NEG: a = -a | 0; break
        case LDX_IMM: x = code[pc + 3]; break
        case STX: this.memory[code[pc + 3]] = x; break
        case TXA: a = x; break
        case ADD_K: a = (a + code[pc + 3]) | 0; break
        case MUL_K: a = Math.imul(a, code[pc + 3]); break
        case AND_K: a = a & code[pc + 3]; break
        case LSH_K: a = a << code[pc + 3]; break
        case JA:
          to = code[pc + 4]
          if (to >= 0 && to < pc && ++turns > MAX_TURNS) return false
          pc = to
          continue
        default: return false
      }
      pc += WORDS_PER_INSTRUCTION
    }
    return pc === ACCEPT_PC
  }
}

/** Where the instruction's load reads behind its IPv4 header; `end`, where nothing is to be read, if that is cut. */
function transportAt(code: Int32Array, pc: number, view: DataView, at: number, end: number): number {
  const header = at + code[pc + 6]
  return header + 1 > end ? end : at + ((view.getUint8(header) & 15) << 2) + code[pc + 1]
}

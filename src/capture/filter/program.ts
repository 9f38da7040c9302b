// Hot path.
/**
 * The machine that runs a filter: classic BPF (Linux include/uapi/linux/filter.h; net/core/filter.c), an accumulator
 * A, an index X, 16 words of memory, loads in network byte order. A load past the end, or a division by zero, ends
 * the program with "no". An instruction is four words: operation, k, and where to go when true and when false (as
 * word indices; the same for all that are not jumps).
 *
 * Operations are numbered densely, so that the switch below becomes a table.
 */

export const RET = 0
export const LD_B = 1
export const LD_H = 2
export const LD_W = 3
export const LD_B_X = 4
export const LD_H_X = 5
export const LD_W_X = 6
export const LD_IMM = 7
export const LD_LEN = 8
export const LD_MEM = 9
export const LDX_MEM = 10
export const LDX_MSH = 11
export const ST = 12
export const TAX = 13
export const AND_K = 14
export const JEQ_K = 15
export const JGT_K = 16
export const JGE_K = 17
export const JSET_K = 18
export const JEQ_X = 19
export const JGT_X = 20
export const JGE_X = 21
export const ADD_X = 22
export const SUB_X = 23
export const MUL_X = 24
export const DIV_X = 25
export const MOD_X = 26
export const AND_X = 27
export const OR_X = 28
export const XOR_X = 29
export const LSH_X = 30
export const RSH_X = 31
export const NEG = 32

export const WORDS_PER_INSTRUCTION = 4
export const MEMORY_WORDS = 16

/** A compiled filter: plain data, that may be kept, sent to a worker and shared. */
export class Program {
  readonly code: Int32Array
  private readonly memory = new Int32Array(MEMORY_WORDS)

  constructor(code: Int32Array) {
    this.code = code
  }

  /**
   * Whether the frame `[at, end)` passes. `wireLength` is what `len` and `greater` see: the length before a snap
   * length cut it. Allocates nothing.
   */
  matches(view: DataView, at: number, end: number, wireLength: number): boolean {
    const code = this.code
    const memory = this.memory
    let a = 0
    let x = 0
    let pc = 0
    let to = 0
    for (;;) {
      const k = code[pc + 1]
      switch (code[pc]) {
        case RET: return k !== 0
        case LD_B:
          if (at + k + 1 > end) return false
          a = view.getUint8(at + k)
          break
        case LD_H:
          if (at + k + 2 > end) return false
          a = view.getUint16(at + k)
          break
        case LD_W:
          if (at + k + 4 > end) return false
          a = view.getInt32(at + k)
          break
        case LD_B_X:
          to = (x >>> 0) + k
          if (at + to + 1 > end) return false
          a = view.getUint8(at + to)
          break
        case LD_H_X:
          to = (x >>> 0) + k
          if (at + to + 2 > end) return false
          a = view.getUint16(at + to)
          break
        case LD_W_X:
          to = (x >>> 0) + k
          if (at + to + 4 > end) return false
          a = view.getInt32(at + to)
          break
        case LD_IMM: a = k; break
        case LD_LEN: a = wireLength | 0; break
        case LD_MEM: a = memory[k]; break
        case LDX_MEM: x = memory[k]; break
        case LDX_MSH:
          if (at + k + 1 > end) return false
          x = (view.getUint8(at + k) & 15) << 2
          break
        case ST: memory[k] = a; break
        case TAX: x = a; break
        case AND_K: a = a & k; break
        case JEQ_K: pc = a === k ? code[pc + 2] : code[pc + 3]; continue
        case JGT_K: pc = (a >>> 0) > (k >>> 0) ? code[pc + 2] : code[pc + 3]; continue
        case JGE_K: pc = (a >>> 0) >= (k >>> 0) ? code[pc + 2] : code[pc + 3]; continue
        case JSET_K: pc = (a & k) !== 0 ? code[pc + 2] : code[pc + 3]; continue
        case JEQ_X: pc = a === x ? code[pc + 2] : code[pc + 3]; continue
        case JGT_X: pc = (a >>> 0) > (x >>> 0) ? code[pc + 2] : code[pc + 3]; continue
        case JGE_X: pc = (a >>> 0) >= (x >>> 0) ? code[pc + 2] : code[pc + 3]; continue
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
        default: return false
      }
      pc += 4
    }
  }
}

/** Codes of classic BPF (Linux include/uapi/linux/bpf_common.h), those that filters are compiled to. */
export const LD_IMM = 0x00
export const LDX_IMM = 0x01
export const ST = 0x02
export const STX = 0x03
export const ADD_K = 0x04
export const JA = 0x05
export const RET_K = 0x06
export const TAX = 0x07
export const ADD_X = 0x0c
export const JEQ_K = 0x15
export const SUB_X = 0x1c
export const JEQ_X = 0x1d
export const MUL_K = 0x24
export const AND_K = 0x54
export const LD_MEM = 0x60
export const LDX_MEM = 0x61
export const LSH_K = 0x64
export const LD_LEN = 0x80
export const NEG = 0x84
export const TXA = 0x87
export const LDX_MSH = 0xb1
/** By bytes. */
export const LD_ABS = { 1: 0x30, 2: 0x28, 4: 0x20 } as const
export const LD_IND = { 1: 0x50, 2: 0x48, 4: 0x40 } as const

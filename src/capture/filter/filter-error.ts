/** Why a filter can not be compiled, in libpcap's words; tcpdump prints `tcpdump: ` before it. */
export class FilterError extends Error {
  override readonly name = 'FilterError'
}

export const SYNTAX_ERROR = "can't parse filter expression: syntax error"

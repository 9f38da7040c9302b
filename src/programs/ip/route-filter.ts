import type { Prefix } from './arguments.ts'

/** What `ip route show` and `flush` select, which also decides what need not be printed. */
export interface RouteFilter {
  /** 0: all tables. */
  table: number
  /** Only what was learned of single destinations (cached), only routes, or both. */
  cloned: 'no' | 'only' | 'both'
  protocol: number | null
  scope: number | null
  type: number | null
  tos: number | null
  oif: number | null
  iif: number | null
  mark: number | null
  metric: number | null
  via: Prefix | null
  prefSource: Prefix | null
  /** Routes inside this prefix (`root`), around it (`match`); both: `exact`. */
  root: Prefix | null
  match: Prefix | null
}

export function anyRoute(cloned: RouteFilter['cloned']): RouteFilter {
  return {
    table: 0, cloned, protocol: null, scope: null, type: null, tos: null, oif: null, iif: null, mark: null, metric: null,
    via: null, prefSource: null, root: null, match: null,
  }
}

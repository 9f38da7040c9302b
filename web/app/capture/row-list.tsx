import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { useSignal } from '@preact/signals'

const ROW = 24
/** Rows that are drawn beyond what is seen, above and below. */
const MARGIN = 10

export interface Row {
  /** Stable, and unique on the page. */
  readonly id: string
  readonly title?: string
  readonly dropped?: boolean
  readonly content: ComponentChildren
}

interface Props {
  readonly label: string
  readonly count: number
  readonly row: (at: number) => Row
  /** Place of the chosen one, -1 for none. */
  readonly chosen: number
  readonly choose: (at: number) => void
  /** Enter, or two clicks. */
  readonly enter?: (at: number) => void
  /** Said where there is nothing. */
  readonly empty: string
}

/** A long list of frames, of which only what is seen is drawn. Arrows choose; while its end is seen it follows it. */
export function RowList({ label, count, row, chosen, choose, enter, empty }: Props) {
  const list = useRef<HTMLDivElement>(null)
  const top = useSignal(0)
  const following = useRef(true)
  useEffect(() => {
    if (list.current !== null && following.current) list.current.scrollTop = list.current.scrollHeight
  }, [count])
  const height = list.current?.clientHeight ?? 300
  const first = Math.max(0, Math.floor(top.value / ROW) - MARGIN)
  const last = Math.min(count, Math.ceil((top.value + height) / ROW) + MARGIN)
  const places = Array.from({ length: Math.max(0, last - first) }, (_, index) => first + index)
  const key = (event: KeyboardEvent): void => {
    const next = nextPlace(event.key, chosen, count, Math.max(1, Math.floor(height / ROW) - 1))
    if (event.key === 'Enter' && chosen >= 0) enter?.(chosen)
    else if (next === null) return
    else if (next >= 0) {
      choose(next)
      if (list.current !== null) keepInSight(list.current, next)
    }
    event.preventDefault()
  }
  if (count === 0) return <div class="capture-list"><p class="capture-empty">{empty}</p></div>
  return (
    <div
      ref={list} class="capture-list" role={count === 0 ? 'region' : 'listbox'} tabIndex={0} aria-label={label} onKeyDown={key}
      aria-activedescendant={chosen >= first && chosen < last ? row(chosen).id : undefined}
      onScroll={(event) => {
        const { scrollTop, scrollHeight, clientHeight } = event.currentTarget
        top.value = scrollTop
        following.current = scrollTop + clientHeight >= scrollHeight - ROW
      }}
    >
      <div class="capture-space" role="presentation" ref={(element) => { if (element !== null) element.style.height = `${count * ROW}px` }}>
        {places.map((at) => {
          const { id, title, dropped = false, content } = row(at)
          return (
            <div
              key={id} id={id} class="capture-row mono" role="option" aria-selected={at === chosen} data-dropped={dropped} title={title}
              aria-setsize={count} aria-posinset={at + 1}
              ref={(element) => { if (element !== null) element.style.top = `${at * ROW}px` }}
              onClick={() => choose(at)} onDblClick={() => enter?.(at)}
            >
              {content}
            </div>
          )
        })}
      </div>
    </div>
  )
}

/** Where a key leads; null: it is none of the list's. */
function nextPlace(key: string, at: number, count: number, page: number): number | null {
  const within = (place: number): number => Math.min(count - 1, Math.max(0, place))
  switch (key) {
    case 'ArrowDown': return within(at + 1)
    case 'ArrowUp': return within(at - 1)
    case 'PageDown': return within(at + page)
    case 'PageUp': return within(at - page)
    case 'Home': return within(0)
    case 'End': return within(count - 1)
    default: return null
  }
}

function keepInSight(list: HTMLElement, at: number): void {
  const row = at * ROW
  if (row < list.scrollTop || row + ROW > list.scrollTop + list.clientHeight) list.scrollTop = row - list.clientHeight / 2
}

import type { Signal } from '@preact/signals'
import { type Word, t } from './i18n/words.ts'

interface Props<Room extends string> {
  readonly rooms: readonly Room[]
  readonly open: Signal<Room | null>
  readonly side: 'side' | 'bottom'
}

/** The doors of a side's rooms; the open one closes with a second press. Arrow keys go from one to the next. */
export function Tabs<Room extends string>({ rooms, open, side }: Props<Room>) {
  const move = (event: KeyboardEvent): void => {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
    if (by === 0 || open.value === null) return
    const next = rooms[(rooms.indexOf(open.value) + by + rooms.length) % rooms.length]
    open.value = next
    document.getElementById(`tab-${side}-${next}`)?.focus()
  }
  return (
    <div class="tabs" role="tablist" onKeyDown={move}>
      {rooms.map((room, index) => {
        const selected = open.value === room
        return (
          <button
            key={room} id={`tab-${side}-${room}`} type="button" role="tab" aria-selected={selected}
            tabIndex={selected || (open.value === null && index === 0) ? 0 : -1}
            onClick={() => { open.value = selected ? null : room }}
          >
            {t(`room.${room}` as Word) /* each room has its word */}
          </button>
        )
      })}
    </div>
  )
}

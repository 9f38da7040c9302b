import { useEffect, useRef } from 'preact/hooks'
import { signal } from '@preact/signals'
import { t, type Word } from './i18n/words.ts'
import { Icon } from './icon.tsx'
import { timeKey } from './time/time-bar.tsx'
import './keys.css'

/**
 * The keys of the page as a whole, and the list of all keys. A key that is typed into a field, a terminal or the editor
 * is theirs; only F6 goes on to the next part of the page from anywhere, so that nothing holds the keyboard.
 */
export const keysOpen = signal(false)

/** The parts of the page in the order in which F6 visits them. */
const PARTS = ['.network', '.time-bar', '.bottom .tabs', '.bottom .room', '.side .tabs', '.side .room', '.header']
const REACHABLE = ['button', 'select', 'input', 'textarea', 'a[href]', '[tabindex="0"]', '[contenteditable="true"]']
  .map((one) => `${one}:not([tabindex="-1"]):not([disabled])`).join(',')
/** What takes the space bar by itself. */
const PRESSED = 'button, summary, a[href], [role="slider"], [role="listbox"], [role="option"], [role="tab"]'

/** Hears the page's keys from now on. */
export function hearKeys(): void {
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'F6' || event.ctrlKey || event.altKey || event.metaKey) return
    event.preventDefault()
    event.stopImmediatePropagation()
    goOn(event.shiftKey ? -1 : 1)
  }, { capture: true })
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || isTyping(event.target)) return
    if (event.key === '?') keysOpen.value = true
    else if (event.key === ' ' && isPressed(event.target) || !timeKey(event)) return
    event.preventDefault()
  })
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element &&
    target.closest('input, select, textarea, [contenteditable="true"], [role="textbox"], dialog') !== null
}

function isPressed(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest(PRESSED) !== null
}

/** Moves the focus to the next part of the page that has something to reach. */
function goOn(by: 1 | -1): void {
  if (document.querySelector('dialog[open]') !== null) return
  const { activeElement } = document
  const at = PARTS.findIndex((part) => activeElement !== null && activeElement.closest(part) !== null)
  const from = at < 0 && by < 0 ? 0 : at
  for (let step = 1; step <= PARTS.length; step++) {
    const part = PARTS[(from + by * step + PARTS.length * 2) % PARTS.length]
    const found = [...document.querySelector(part)?.querySelectorAll<HTMLElement>(REACHABLE) ?? []]
      .find((element) => element.checkVisibility())
    if (found === undefined) continue
    found.focus()
    return
  }
}

/** Key names as they stand on the keys, and what they do. */
const GROUPS: readonly (readonly [Word, readonly (readonly [string, Word])[]])[] = [
  ['keys.everywhere', [
    ['Space', 'keys.play'], ['.', 'keys.step'], [',', 'keys.back'], ['/', 'keys.search'], ['F6', 'keys.part'],
    ['Shift F6', 'keys.partBack'], ['?', 'keys.help'], ['Esc', 'keys.close'],
  ]],
  ['keys.network', [
    ['← → ↑ ↓', 'keys.nodes'], ['Space', 'keys.select'], ['Enter', 'keys.console'], ['W', 'keys.why'],
    ['Shift ← → ↑ ↓', 'keys.move'], ['+ −', 'keys.zoom'], ['0', 'keys.fit'],
  ]],
  ['keys.timeline', [['← →', 'keys.marks'], ['Home', 'keys.start'], ['End', 'keys.end']]],
  ['keys.rooms', [['← →', 'keys.tabs'], ['↑ ↓', 'keys.rows']]],
  ['keys.terminal', [['Tab', 'keys.complete'], ['↑ ↓', 'keys.history'], ['Ctrl C', 'keys.interrupt'], ['F6', 'keys.leave']]],
]

/** The list of all keys. */
export function KeysHelp() {
  const dialog = useRef<HTMLDialogElement>(null)
  const open = keysOpen.value
  useEffect(() => {
    if (open) dialog.current?.showModal()
  }, [open])
  if (!open) return null
  return (
    <dialog
      ref={dialog} class="keys" aria-labelledby="keys-title" onClose={() => { keysOpen.value = false }}
      onClick={(event) => { if (event.target === event.currentTarget) dialog.current?.close() }}
    >
      <div class="keys-sheet">
        <header>
          <h2 id="keys-title">{t('keys.title')}</h2>
          <button type="button" aria-label={t('app.close')} title={t('app.close')} onClick={() => dialog.current?.close()}>
            <Icon name="close" />
          </button>
        </header>
        <div class="keys-groups">
          {GROUPS.map(([title, keys]) => (
            <section key={title}>
              <h3>{t(title)}</h3>
              <dl>
                {keys.map(([names, what]) => (
                  <div key={`${names}${what}`}>
                    <dt>{names.split(' ').map((name) => <kbd key={name}>{name}</kbd>)}</dt>
                    <dd>{t(what)}</dd>
                  </div>
                ))}
              </dl>
            </section>
          ))}
        </div>
      </div>
    </dialog>
  )
}

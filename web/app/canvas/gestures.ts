/** What a hand does on the canvas, in CSS pixels from its upper left corner. */
export interface Hands {
  /** Something was pressed. True: it is dragged from now on; false: the ground is. */
  grab(x: number, y: number, touch: boolean): boolean
  drag(x: number, y: number): void
  drop(): void
  pan(dx: number, dy: number): void
  zoom(x: number, y: number, factor: number): void
  hover(x: number, y: number): void
  leave(): void
  tap(x: number, y: number, touch: boolean): void
  doubleTap(x: number, y: number, touch: boolean): void
}

/** A press that moves less than this is a tap, px: a mouse, a finger. */
const STILL = 4
const STILL_TOUCH = 10
/** Two taps within this are a double tap, ms. */
const DOUBLE_MS = 350

interface Finger {
  x: number
  y: number
}

/** Hears the pointers and the wheel on `element`; returns how to stop. */
export function hear(element: HTMLElement, hands: Hands): () => void {
  const fingers = new Map<number, Finger>()
  let moved = false
  let dragging = false
  let start: Finger = { x: 0, y: 0 }
  let lastTapMs = -Infinity
  let lastTap: Finger = { x: 0, y: 0 }

  const place = (event: MouseEvent): Finger => {
    const { left, top } = element.getBoundingClientRect()
    return { x: event.clientX - left, y: event.clientY - top }
  }
  const down = (event: PointerEvent): void => {
    if (event.button > 1) return
    const at = place(event)
    element.setPointerCapture(event.pointerId)
    fingers.set(event.pointerId, at)
    if (fingers.size > 1) {
      if (dragging) hands.drop()
      dragging = false
      moved = true
      return
    }
    start = { ...at }
    moved = false
    dragging = event.button === 0 && hands.grab(at.x, at.y, event.pointerType === 'touch')
  }
  const move = (event: PointerEvent): void => {
    const at = place(event)
    const finger = fingers.get(event.pointerId)
    if (finger === undefined) {
      if (event.pointerType !== 'touch') hands.hover(at.x, at.y)
      return
    }
    const before = { ...finger }
    const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1]
    finger.x = at.x
    finger.y = at.y
    if (other !== undefined) {
      pinch(hands, before, at, other)
      return
    }
    const still = event.pointerType === 'touch' ? STILL_TOUCH : STILL
    if (!moved && Math.hypot(at.x - start.x, at.y - start.y) < still) return
    const first = !moved
    moved = true
    if (dragging) hands.drag(at.x, at.y)
    else if (first) hands.pan(at.x - start.x, at.y - start.y)
    else hands.pan(at.x - before.x, at.y - before.y)
  }
  const up = (event: PointerEvent): void => {
    if (!fingers.delete(event.pointerId)) return
    if (dragging) hands.drop()
    dragging = false
    if (moved || fingers.size > 0 || event.type === 'pointercancel') return
    const at = place(event)
    const touch = event.pointerType === 'touch'
    const double = event.timeStamp - lastTapMs < DOUBLE_MS && Math.hypot(at.x - lastTap.x, at.y - lastTap.y) < 20
    lastTapMs = double ? -Infinity : event.timeStamp
    lastTap = at
    if (double) hands.doubleTap(at.x, at.y, touch)
    else hands.tap(at.x, at.y, touch)
  }
  const wheel = (event: WheelEvent): void => {
    event.preventDefault()
    const at = place(event)
    const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 18 : 1
    // Two fingers on a trackpad that move sideways, or shift and the wheel, pan; what pinches arrives with ctrl.
    if (!event.ctrlKey && (event.shiftKey || event.deltaX !== 0)) {
      const sideways = event.deltaX === 0 ? event.deltaY : event.deltaX
      hands.pan(-sideways * unit, event.deltaX === 0 ? 0 : -event.deltaY * unit)
      return
    }
    const speed = event.ctrlKey ? 0.01 : 0.0016
    hands.zoom(at.x, at.y, Math.exp(-Math.max(-200, Math.min(200, event.deltaY * unit)) * speed))
  }
  const leave = (): void => hands.leave()

  element.addEventListener('pointerdown', down)
  element.addEventListener('pointermove', move)
  element.addEventListener('pointerup', up)
  element.addEventListener('pointercancel', up)
  element.addEventListener('pointerleave', leave)
  element.addEventListener('wheel', wheel, { passive: false })
  return () => {
    element.removeEventListener('pointerdown', down)
    element.removeEventListener('pointermove', move)
    element.removeEventListener('pointerup', up)
    element.removeEventListener('pointercancel', up)
    element.removeEventListener('pointerleave', leave)
    element.removeEventListener('wheel', wheel)
  }
}

/** One of two fingers moved: their middle pans, their distance zooms. */
function pinch(hands: Hands, before: Finger, at: Finger, other: Finger): void {
  const was = Math.hypot(before.x - other.x, before.y - other.y)
  const is = Math.hypot(at.x - other.x, at.y - other.y)
  hands.pan((at.x - before.x) / 2, (at.y - before.y) / 2)
  if (was > 10 && is > 10) hands.zoom((at.x + other.x) / 2, (at.y + other.y) / 2, is / was)
}

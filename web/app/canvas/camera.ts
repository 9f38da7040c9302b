/** Which part of the world is seen: the point (x, y) of the world in the middle of the canvas, `scale` pixels a unit. */
export interface Camera {
  readonly x: number
  readonly y: number
  readonly scale: number
}

/** The canvas in CSS pixels. */
export interface Size {
  readonly width: number
  readonly height: number
}

export interface Box {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

export const MIN_SCALE = 0.02
export const MAX_SCALE = 4
/** A small lab is not blown up beyond this when it is fitted. */
const MAX_FIT_SCALE = 1.5

export function toScreen(camera: Camera, size: Size, x: number, y: number): { readonly x: number, readonly y: number } {
  return { x: (x - camera.x) * camera.scale + size.width / 2, y: (y - camera.y) * camera.scale + size.height / 2 }
}

export function toWorld(camera: Camera, size: Size, x: number, y: number): { readonly x: number, readonly y: number } {
  return { x: (x - size.width / 2) / camera.scale + camera.x, y: (y - size.height / 2) / camera.scale + camera.y }
}

/** Moves the world by (dx, dy) pixels. */
export function pan(camera: Camera, dx: number, dy: number): Camera {
  return { ...camera, x: camera.x - dx / camera.scale, y: camera.y - dy / camera.scale }
}

/** Zooms by `factor`; the world's point under the pixel (x, y) stays where it is. */
export function zoomAt(camera: Camera, size: Size, x: number, y: number, factor: number): Camera {
  const scale = clamp(camera.scale * factor, MIN_SCALE, MAX_SCALE)
  const under = toWorld(camera, size, x, y)
  return {
    x: under.x - (x - size.width / 2) / scale, y: under.y - (y - size.height / 2) / scale, scale,
  }
}

/** Shows all of `box`, with `margin` pixels around it; no larger than is good to look at. */
export function fit(box: Box, size: Size, margin: number): Camera {
  const width = Math.max(1, box.right - box.left)
  const height = Math.max(1, box.bottom - box.top)
  const room = { width: Math.max(40, size.width - 2 * margin), height: Math.max(40, size.height - 2 * margin) }
  const scale = clamp(Math.min(room.width / width, room.height / height), MIN_SCALE, MAX_FIT_SCALE)
  return { x: (box.left + box.right) / 2, y: (box.top + box.bottom) / 2, scale }
}

/** On the way from one camera to another; `share` from 0 to 1. The scale changes evenly to the eye. */
export function between(from: Camera, to: Camera, share: number): Camera {
  const scale = from.scale * (to.scale / from.scale) ** share
  // Of a zoom, the middle moves as the scale does, so that it looks like one movement.
  const zoomed = Math.abs(to.scale - from.scale) < 1e-9 ? share
    : (1 / from.scale - 1 / scale) / (1 / from.scale - 1 / to.scale)
  return { x: from.x + (to.x - from.x) * zoomed, y: from.y + (to.y - from.y) * zoomed, scale }
}

/** Slow at both ends. */
export function ease(share: number): number {
  return share < 0.5 ? 4 * share * share * share : 1 - (2 - 2 * share) ** 3 / 2
}

export function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value))
}

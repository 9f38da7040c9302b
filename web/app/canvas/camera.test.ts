import { expect, test } from 'vitest'
import { between, type Camera, fit, MAX_SCALE, MIN_SCALE, pan, toScreen, toWorld, zoomAt } from './camera.ts'

const SIZE = { width: 800, height: 600 }
const CAMERA: Camera = { x: 100, y: -50, scale: 2 }

test('screen and world lead back to each other', () => {
  expect(toScreen(CAMERA, SIZE, 100, -50)).toEqual({ x: 400, y: 300 })
  expect(toWorld(CAMERA, SIZE, 410, 280)).toEqual({ x: 105, y: -60 })
})

test('zooming keeps the point under the pointer, and stops at the limits', () => {
  const before = toWorld(CAMERA, SIZE, 13, 577)
  const zoomed = zoomAt(CAMERA, SIZE, 13, 577, 1.5)
  expect(zoomed.scale).toBe(3)
  expect(toWorld(zoomed, SIZE, 13, 577).x).toBeCloseTo(before.x, 9)
  expect(toWorld(zoomed, SIZE, 13, 577).y).toBeCloseTo(before.y, 9)
  expect(zoomAt(CAMERA, SIZE, 0, 0, 1e9).scale).toBe(MAX_SCALE)
  expect(zoomAt(CAMERA, SIZE, 0, 0, 1e-9).scale).toBe(MIN_SCALE)
})

test('dragging the ground takes the world along', () => {
  const moved = pan(CAMERA, 30, -10)
  expect(toScreen(moved, SIZE, 100, -50)).toEqual({ x: 430, y: 290 })
})

test('fitting shows the whole box within the margin, and blows nothing up', () => {
  const camera = fit({ left: 0, top: 0, right: 2000, bottom: 500 }, SIZE, 40)
  expect(toScreen(camera, SIZE, 0, 250)).toEqual({ x: 40, y: 300 })
  expect(toScreen(camera, SIZE, 2000, 250)).toEqual({ x: 760, y: 300 })
  expect(fit({ left: 0, top: 0, right: 10, bottom: 10 }, SIZE, 40).scale).toBe(1.5)
})

test('a way from one camera to another begins and ends there', () => {
  const to = { x: 0, y: 0, scale: 0.5 }
  expect(between(CAMERA, to, 0)).toEqual(CAMERA)
  const end = between(CAMERA, to, 1)
  expect([end.x, end.y, end.scale].map((value) => Math.abs(Math.round(value * 1e9) / 1e9))).toEqual([0, 0, 0.5])
  expect(between(CAMERA, { ...CAMERA, x: 200 }, 0.5)).toEqual({ x: 150, y: -50, scale: 2 })
})

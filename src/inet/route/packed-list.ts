/*
 * Small arrays that are read often and changed seldom, kept without slack: an array that grows by push() or splice()
 * keeps room for 17 elements, and ten thousand hosts have five such arrays each (bench/nodes). Each function returns a
 * new array of exactly the length needed.
 */

export function inserted<T>(list: readonly T[], at: number, value: T): T[] {
  return list.slice(0, at).concat([value], list.slice(at))
}

export function insertedTwo<T>(list: readonly T[], at: number, first: T, second: T): T[] {
  return list.slice(0, at).concat([first, second], list.slice(at))
}

/** Without `count` elements from `at` on. */
export function removed<T>(list: readonly T[], at: number, count: number): T[] {
  return list.slice(0, at).concat(list.slice(at + count))
}

/** With one more at the end: in a new array while there are few, else in place. */
export function appended<T>(list: T[], value: T): T[] {
  if (list.length < 16) return list.concat([value])
  list.push(value)
  return list
}

import { raise } from '../c-float.ts'

/**
 * exp, log, sin, cos, atan2 and powers in whole-number arithmetic: JavaScript leaves the last digits of its own to each
 * engine, and a run must be the same everywhere. Numbers are BigInts scaled by 2^bits; series run to 192 bits and more,
 * and one rounding makes the double: the nearest one, which glibc's functions nearly always give too.
 */
const BITS = 192
const ONE = 1n << BigInt(BITS)

const scratch = new DataView(new ArrayBuffer(8))

/** A finite double as significand * 2^exponent. */
function take(value: number): { significand: bigint, exponent: number } {
  scratch.setFloat64(0, value)
  const high = scratch.getUint32(0)
  const biased = high >>> 20 & 0x7ff
  const fraction = BigInt(high & 0xfffff) << 32n | BigInt(scratch.getUint32(4))
  const significand = biased === 0 ? fraction : fraction | 1n << 52n
  return { significand: high >>> 31 === 1 ? -significand : significand, exponent: biased === 0 ? -1074 : biased - 1075 }
}

function shift(value: bigint, by: number): bigint {
  return by >= 0 ? value << BigInt(by) : value >> BigInt(-by)
}

/** A finite double, scaled by 2^bits; what is below is cut off. */
function scaled(value: number, bits = BITS): bigint {
  const { significand, exponent } = take(value)
  return shift(significand, exponent + bits)
}

function bitLength(value: bigint): number {
  return value.toString(2).length
}

/** The double next to numerator / denominator * 2^exponent, halves to even. */
function toDouble(numerator: bigint, denominator: bigint, exponent: number): number {
  if (numerator === 0n) return 0
  if (numerator < 0n) return -toDouble(-numerator, denominator, exponent)
  let places = 53 - (bitLength(numerator) - bitLength(denominator))
  places = Math.min(places, 1074 + exponent)
  let quotient = 0n
  for (;;) {
    const top = places >= 0 ? numerator << BigInt(places) : numerator
    const bottom = places >= 0 ? denominator : denominator << BigInt(-places)
    quotient = top / bottom
    const twice = (top - quotient * bottom) * 2n
    if (bitLength(quotient) > 53) {
      places--
      continue
    }
    if (twice > bottom || twice === bottom && (quotient & 1n) === 1n) quotient++
    break
  }
  return scaleByTwo(Number(quotient), exponent - places)
}

/** 2^exponent, from -1022 to 1023. */
function powerOfTwo(exponent: number): number {
  scratch.setUint32(0, exponent + 1023 << 20)
  scratch.setUint32(4, 0)
  return scratch.getFloat64(0)
}

/** value * 2^exponent; exact, since value has its final digits. */
function scaleByTwo(value: number, exponent: number): number {
  let [result, left] = [value, exponent]
  for (; left > 1000; left -= 1000) result *= powerOfTwo(1000)
  for (; left < -1000; left += 1000) result *= powerOfTwo(-1000)
  return result * powerOfTwo(left)
}

/** 2 * atanh(numerator / denominator). */
function doubledAtanh(ratio: bigint, bits: number): bigint {
  if (ratio < 0n) return -doubledAtanh(-ratio, bits)
  const square = ratio * ratio >> BigInt(bits)
  let sum = 0n
  let term = ratio
  for (let n = 1n; term !== 0n; n += 2n) {
    sum += term / n
    term = term * square >> BigInt(bits)
  }
  return sum * 2n
}

const LN2 = doubledAtanh(ONE / 3n, BITS)

/** e^x of a scaled x: a scaled number and a power of two. */
function expScaled(x: bigint): { value: bigint, power: number } {
  const power = x / LN2
  const rest = x - power * LN2
  let sum = ONE
  let term = ONE
  for (let n = 1n; term !== 0n && n < 200n; n++) {
    term = (term * rest >> BigInt(BITS)) / n
    if (term === -1n) break
    sum += term
  }
  return { value: sum, power: Number(power) }
}

/** The natural logarithm of significand * 2^exponent, scaled. */
function logScaled(significand: bigint, exponent: number): bigint {
  const length = bitLength(significand)
  let mantissa = shift(significand, BITS - length) // 0.5 to 1
  let power = exponent + length
  if (mantissa < ONE * 3n / 4n) {
    mantissa *= 2n
    power--
  }
  return doubledAtanh((mantissa - ONE << BigInt(BITS)) / (mantissa + ONE), BITS) + BigInt(power) * LN2
}

export function exp(x: number): number {
  if (Number.isNaN(x)) return x
  if (x > 710) return Infinity
  if (x < -746) return 0
  const { value, power } = expScaled(scaled(x))
  return toDouble(value, ONE, power)
}

export function log(x: number): number {
  if (Number.isNaN(x) || x < 0) return NaN
  if (x === 0) return -Infinity
  if (x === Infinity) return x
  const { significand, exponent } = take(x)
  return toDouble(logScaled(significand, exponent), ONE, 0)
}

/** arctan(1 / n), scaled. */
function inverseTangent(n: bigint, bits: number): bigint {
  const square = n * n
  let sum = 0n
  let term = (1n << BigInt(bits)) / n
  for (let k = 1n; term !== 0n; k += 2n) {
    sum += k % 4n === 1n ? term / k : -(term / k)
    term /= square
  }
  return sum
}

/** Machin's formula. */
function pi(bits: number): bigint {
  return (inverseTangent(5n, bits + 16) * 16n - inverseTangent(239n, bits + 16) * 4n) >> 16n
}

/** sin (quarter 0) or cos (quarter 1) of a finite number. */
function circular(x: number, quarter: number): number {
  const { exponent } = take(x)
  const bits = BITS + Math.max(0, exponent + 53) // the larger the number, the more digits of pi
  const half = pi(bits) >> 1n
  const turns = scaled(x, bits) / half
  let rest = shift(scaled(x, bits) - turns * half, BITS - bits)
  let which = Number((turns % 4n + 4n) % 4n) + quarter
  if (rest < 0n) {
    rest += shift(half, BITS - bits)
    which += 3
  }
  which %= 4
  const value = which % 2 === 0 ? series(rest, 1n) : series(rest, 0n)
  return toDouble(which >= 2 ? -value : value, ONE, 0)
}

/** The series of sin (first 1) or cos (first 0). */
function series(x: bigint, first: bigint): bigint {
  const square = x * x >> BigInt(BITS)
  let term = first === 1n ? x : ONE
  let sum = term
  for (let n = first; term !== 0n && term !== -1n; n += 2n) {
    term = -(term * square >> BigInt(BITS)) / ((n + 1n) * (n + 2n))
    sum += term
  }
  return sum
}

/** Below this, sin x is x, and e^x is 1, to the last bit of a double. */
const TINY = powerOfTwo(-40)

export function sin(x: number): number {
  return Number.isFinite(x) ? Math.abs(x) < TINY ? x : circular(x, 0) : NaN
}

export function cos(x: number): number {
  return Number.isFinite(x) ? circular(x, 1) : NaN
}

/** arctan of numerator / denominator (both at least 0, not both 0), scaled. */
function arcTangent(numerator: bigint, denominator: bigint): bigint {
  if (numerator > denominator) return (pi(BITS) >> 1n) - arcTangent(denominator, numerator)
  let z = (numerator << BigInt(BITS)) / denominator
  for (let i = 0; i < 4; i++) z = (z << BigInt(BITS)) / (ONE + squareRoot(ONE * ONE + z * z)) // half the angle
  const square = z * z >> BigInt(BITS)
  let sum = 0n
  let term = z
  for (let k = 1n; term !== 0n; k += 2n) {
    sum += k % 4n === 1n ? term / k : -(term / k)
    term = term * square >> BigInt(BITS)
  }
  return sum * 16n
}

function squareRoot(value: bigint): bigint {
  let root = 1n << BigInt(Math.ceil(bitLength(value) / 2))
  for (;;) {
    const next = root + value / root >> 1n
    if (next >= root) return root
    root = next
  }
}

export function atan2(y: number, x: number): number {
  if (Number.isNaN(x) || Number.isNaN(y)) return NaN
  const negativeY = y < 0 || Object.is(y, -0)
  const negativeX = x < 0 || Object.is(x, -0)
  let angle: number
  if (y === 0) angle = negativeX ? toDouble(pi(BITS), ONE, 0) : 0
  else if (!Number.isFinite(x) || !Number.isFinite(y)) angle = infiniteAngle(y, x)
  else if (!negativeX && Math.abs(y / x) < TINY) angle = Math.abs(y / x)
  else {
    const [one, other] = [take(Math.abs(y)), take(Math.abs(x))]
    const least = Math.min(one.exponent, other.exponent)
    const arc = arcTangent(shift(one.significand, one.exponent - least), shift(other.significand, other.exponent - least))
    angle = toDouble(negativeX ? pi(BITS) - arc : arc, ONE, 0)
  }
  return negativeY ? -angle : angle
}

function infiniteAngle(y: number, x: number): number {
  const half = pi(BITS) >> 1n
  if (Number.isFinite(x)) return toDouble(half, ONE, 0)
  if (Number.isFinite(y)) return x > 0 ? 0 : toDouble(half * 2n, ONE, 0)
  return toDouble(x > 0 ? half / 2n : half + half / 2n, ONE, 0)
}

/** Whole exponents up to this are worked out exactly. */
const EXACT_POWER = 1100

/** C's pow(). */
export function power(base: number, exponent: number): number {
  if (exponent === 0 || base === 1) return 1
  if (Number.isNaN(base) || Number.isNaN(exponent)) return NaN
  const whole = Number.isInteger(exponent)
  const odd = whole && Math.abs(exponent) % 2 === 1
  if (!Number.isFinite(exponent)) return infinitePower(Math.abs(base), exponent)
  if (base === 0 || !Number.isFinite(base)) {
    const large = (base === 0) === (exponent < 0)
    const magnitude = large ? Infinity : 0
    return odd && (base < 0 || Object.is(base, -0)) ? -magnitude : magnitude
  }
  if (base < 0 && !whole) return NaN
  const { significand, exponent: twos } = take(Math.abs(base))
  const negative = base < 0 && odd
  const value = whole && Math.abs(exponent) <= EXACT_POWER ? exactPower(significand, twos, exponent)
    : throughLogarithm(significand, twos, exponent)
  return negative ? -value : value
}

function infinitePower(base: number, exponent: number): number {
  if (base === 1) return 1
  return (base > 1) === (exponent > 0) ? Infinity : 0
}

function exactPower(significand: bigint, twos: number, exponent: number): number {
  const count = Math.abs(exponent)
  let [odd, shifts] = [significand, twos]
  while ((odd & 1n) === 0n) {
    odd >>= 1n
    shifts++
  }
  if (Math.abs((bitLength(odd) + shifts) * count) > 4000) return (bitLength(odd) + shifts > 0) === (exponent > 0) ? Infinity : 0
  const raised = raise(odd, count)
  return exponent > 0 ? toDouble(raised, 1n, shifts * count) : toDouble(1n, raised, -shifts * count)
}

function throughLogarithm(significand: bigint, twos: number, exponent: number): number {
  const { significand: factor, exponent: factorTwos } = take(exponent)
  const product = shift(logScaled(significand, twos) * factor, factorTwos)
  if (product > 800n * ONE) return Infinity
  if (product < -800n * ONE) return 0
  const { value, power: twosMore } = expScaled(product)
  return toDouble(value, ONE, twosMore)
}

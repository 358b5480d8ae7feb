import { lines, wholeLines } from './cacheLines.js'
import { lineBytes } from './generated/constants.js'
import type { SmallProduct } from './generated/params.js'
import type { Product } from './product.js'
import type { Runtime } from './runtime.js'
import type { Storage } from './storage.js'

/** Below this many rows of C, and up to this many steps of K, packing costs more than it brings. */
const few = 4
/** Most columns of a unit: its part of C stays in the first cache while rows of B are added to it. */
const unitColumns = 2048

interface Operands {
  readonly a: Storage
  /** Elements from a row of A to the next, and from a step of K to the next. */
  readonly aRow: number
  readonly aStep: number
  readonly b: Storage
  /** 1, or 0 where all columns have the same bias. */
  readonly biasStep: number
}

/**
 * Does products that are bound by memory straight from their operands: a few rows times a matrix, a matrix times a
 * vector, a sum of a few outer products. Returns whether this is one.
 */
export function smallProduct(runtime: Runtime, product: Product): boolean {
  const { m, n, k, a, b } = product
  // In memory, a matrix of one row is the same as one of one column.
  const transposeA = product.transposeA === true && m > 1
  const transposeB = product.transposeB === true && n > 1 && k > 1
  if (n === 1) {
    // C is a column: taken as a row, it is B transposed times A transposed.
    const turned = { ...product, m: 1, n: m }
    const operands = { a: b, aRow: 0, aStep: 1, b: a, biasStep: 0 }
    if (!transposeA) dots(runtime, turned, operands)
    else if (!product.bias) rows(runtime, turned, operands)
    else return false
    return true
  }
  const operands = { a, aRow: transposeA ? 1 : k, aStep: transposeA ? m : 1, b, biasStep: 1 }
  if (transposeB && !transposeA && m < few) dots(runtime, product, operands)
  else if (!transposeB && (m < few || k <= few)) rows(runtime, product, operands)
  else return false
  return true
}

/** Adds up rows of B. */
function rows(runtime: Runtime, product: Product, operands: Operands): void {
  const { m, n, k } = product
  const nanoseconds = ((m + k) * n * runtime.bytes) / 10
  const pieces = nanoseconds < 20_000 ? 1 : 2 * runtime.threads
  const rowBytes = wholeLines((m < few ? n / pieces : n) * runtime.bytes)
  const columns = Math.min(unitColumns, rowBytes / runtime.bytes)
  const across = Math.ceil(n / columns)
  const rows = m < few ? m : Math.ceil(m / pieces)
  const work = { units: across * Math.ceil(m / rows), nanoseconds }
  runtime.run('smallProductRows', work, { columns, rows, across, ...smallProductFields(runtime, product, operands) })
}

/** Multiplies rows of A by rows of B. */
function dots(runtime: Runtime, product: Product, operands: Operands): void {
  const { m, n, k } = product
  // Units write to cache lines of their own.
  const columns = lineBytes / runtime.bytes
  const work = { units: lines(n * runtime.bytes), nanoseconds: (m * n * k * runtime.bytes) / 20 }
  runtime.run('smallProductDots', work, { columns, ...smallProductFields(runtime, product, operands) })
}

function smallProductFields(
  { bytes }: Runtime,
  { m, n, k, c, bias = null, relu = false }: Product,
  { a, aRow, aStep, b, biasStep }: Operands,
): Omit<SmallProduct, 'columns'> {
  return { m, n, k, a, aRow: aRow * bytes, aStep: aStep * bytes, b, c, bias, biasStep: biasStep * bytes, relu }
}

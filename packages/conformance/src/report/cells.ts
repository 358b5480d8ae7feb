import { type FloatDType, keysOf } from '@convkit/api'
import { hygiene } from '../laws/hygiene.js'
import { type CheckResult, isFailure, type Report, scoreOf } from './report.js'

/** Laws that every layer has stand alone; the others are counted. A terminal has room for the short names only. */
export const columns = [
  { name: 'forward', short: 'fwd', says: 'outputs within the derived bound of the definition' },
  { name: 'backward', short: 'bwd', says: 'gradients within the derived bound of the definition' },
  { name: 'numeric', short: 'numeric', says: 'gradients against central differences of its own forward pass' },
  { name: 'large', short: 'large', says: 'both passes across tiles, blocks and thread splits' },
  { name: 'special', short: 'special', says: 'NaN and infinities, also beside -0 and subnormals' },
  { name: 'laws', short: 'laws', says: 'theorems about the formula that need no reference' },
  { name: 'hygiene', short: 'hygiene', says: 'what every kernel owes its caller' },
  { name: 'reference', short: 'reference', says: 'files from another framework' },
] as const

export type Column = (typeof columns)[number]['name']

const alone: { readonly [law: string]: Column } = {
  forward: 'forward',
  backward: 'backward',
  'numeric gradient': 'numeric',
  large: 'large',
  'special values': 'special',
  reference: 'reference',
}
const hygienic = new Set(hygiene.map(({ name }) => name))

function columnOf(law: string): Column {
  return alone[law] ?? (hygienic.has(law) ? 'hygiene' : 'laws')
}

/** Several checks of one layer and dtype. */
export interface Cell {
  readonly checks: readonly CheckResult[]
  readonly passed: number
  readonly failed: number
  readonly unclaimed: number
}

/** All that is claimed, and something is. */
export function isRight({ checks, passed, unclaimed }: Cell): boolean {
  return passed > 0 && passed + unclaimed === checks.length
}

export interface Row {
  readonly layer: string
  cell(column: Column, dtype: FloatDType): Cell
  /** Over all columns. */
  total(dtype: FloatDType): Cell
}

/** One row a layer, in the order of the suite. */
export function rowsOf(report: Pick<Report, 'checks'>): Row[] {
  const [first] = dtypesOf(report)
  // Labels go with either dtype; they are counted once.
  const isOf = (check: CheckResult, dtype: FloatDType) => (check.dtype === 'int32' ? first : check.dtype) === dtype
  return [...new Set(report.checks.map(({ layer }) => layer))].map((layer) => {
    const own = report.checks.filter((check) => check.layer === layer)
    return {
      layer,
      cell: (column, dtype) => tally(own.filter((check) => isOf(check, dtype) && columnOf(check.law) === column)),
      total: (dtype) => tally(own.filter((check) => isOf(check, dtype))),
    }
  })
}

/** The columns in which some row has checks. */
export function usedColumns(rows: readonly Row[], dtypes: readonly FloatDType[]) {
  return columns.filter(({ name }) =>
    rows.some((row) => dtypes.some((dtype) => row.cell(name, dtype).checks.length > 0)),
  )
}

/** The dtypes that have checks; at least one. */
export function dtypesOf({ checks }: Pick<Report, 'checks'>): FloatDType[] {
  const found = (['float32', 'float64'] as const).filter((dtype) => checks.some((check) => check.dtype === dtype))
  return found.length > 0 ? found : ['float32']
}

function tally(checks: readonly CheckResult[]): Cell {
  const { passed, unclaimed } = scoreOf(checks)
  return { checks, passed, failed: checks.filter(isFailure).length, unclaimed }
}

/** A mark for a lone check, a count for several: `✓`, `✗`, `9/9`; beside what is not claimed, `8/8○`. */
export function cellText({ checks, passed, unclaimed }: Cell): string {
  const claimed = checks.filter(({ status }) => status !== 'unclaimed')
  const [first] = claimed
  const mark = unclaimed > 0 ? marks.unclaimed : ''
  if (!first) return mark || '·'
  const same = claimed.every(({ status }) => status === first.status)
  const counted = claimed.length > 1 && (first.status === 'passed' || !same)
  return (counted ? `${passed}/${claimed.length}` : marks[first.status]) + mark
}

export const marks: { readonly [S in CheckResult['status']]: string } = {
  passed: '✓',
  incomplete: '<',
  failed: '✗',
  error: '!',
  crashed: '!',
  hung: '!',
  missing: '–',
  refused: 'r',
  skipped: 's',
  unclaimed: '○',
}

/** What the marks of this report mean, those of a plain pass left out. */
export function legend({ checks }: Pick<Report, 'checks'>): string[] {
  const seen = new Set(checks.map(({ status }) => status))
  const says = { failed: 'wrong', error: 'threw', crashed: 'crashed', hung: 'hung' } as const
  const others = {
    incomplete: 'too few cases',
    missing: 'no kernel',
    refused: 'refused by the backend',
    skipped: 'on the skip list',
  }
  const entries = { ...says, ...others, unclaimed: 'not claimed' }
  return keysOf(entries)
    .filter((status) => seen.has(status))
    .map((status) => `${marks[status]} ${entries[status]}`)
}

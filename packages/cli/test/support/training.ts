import type { Outcome } from './convkit.js'

/** Trains a network of milliseconds on images of 8 x 8. */
export const smallNet = (data: string) => [
  'train',
  '--data',
  data,
  '--image-size',
  '8',
  '--filters',
  '6',
  '--filter-size',
  '3',
]

/** A small run on `data`, as JSON: 9 iterations of 6 images an epoch where `data` has 60. */
export const smallRun = (data: string) => [
  ...smallNet(data),
  '--hidden',
  '8',
  '--test',
  '0',
  '--weight-scale',
  '0.03',
  '--batch-size',
  '6',
  '--loss-every',
  '1',
  '--json',
]

export type Line = { readonly type: string; readonly iteration?: number; readonly [key: string]: unknown }

export function lines({ stdout }: Pick<Outcome, 'stdout'>): Line[] {
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line): Line => JSON.parse(line))
}

export function losses(outcome: Pick<Outcome, 'stdout'>): Map<number, unknown> {
  return new Map(
    lines(outcome).flatMap(({ type, iteration, loss }) => (type === 'loss' ? [[iteration ?? 0, loss]] : [])),
  )
}

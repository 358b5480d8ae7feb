import type { Accuracy, ConvolutionArithmetic, KernelArithmetic } from '@convkit/api'

type Part = Partial<KernelArithmetic> & ConvolutionArithmetic

/** `unit roundoff 2^-24, subnormals kept, NaN and infinities kept, deterministic`: what is declared, and no more. */
export function arithmeticText(part: Part): string {
  const { unitRoundoff, subnormals, nonFinite, deterministic, convolution, functionUlps = {} } = part
  const functions = Object.entries(functionUlps).map(([name, accuracy]) => `${name} to ${accuracyText(accuracy)}`)
  return [
    ...(unitRoundoff === undefined ? [] : [`unit roundoff ${power(unitRoundoff)}`]),
    ...(subnormals === undefined ? [] : [subnormalsText[subnormals]]),
    ...(nonFinite === undefined
      ? []
      : [nonFinite === 'ieee' ? 'NaN and infinities kept' : 'nothing of NaN and infinities']),
    ...(deterministic === undefined ? [] : [deterministic ? 'deterministic' : 'not deterministic']),
    ...(convolution === 'winograd' ? ['Winograd convolutions'] : []),
    ...functions,
  ].join(', ')
}

const subnormalsText = {
  kept: 'subnormals kept',
  stateFlushed: 'subnormals flushed in optimizer state',
  flushed: 'subnormals flushed',
} as const

function accuracyText(accuracy: number | Accuracy): string {
  const { ulps, absolute = 0 } = typeof accuracy === 'number' ? { ulps: accuracy } : accuracy
  return `${ulps} ulps${absolute > 0 ? ` and ${power(absolute)}` : ''}`
}

export function power(value: number): string {
  return value === 0 || Number.isNaN(value) ? String(value) : `2^${Math.round(Math.log2(value))}`
}

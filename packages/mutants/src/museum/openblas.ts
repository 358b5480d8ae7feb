import { mapped } from '../mutants/faults.js'
import { after } from '../mutants/mutant.js'
import { type Exhibit, kernelExhibits } from './exhibit.js'

export const openblasExhibits: readonly Exhibit[] = [
  ...kernelExhibits('vector', {
    'scaled-by-zero-is-zero': {
      says: 'what is scaled by 0 is set to 0, also where it is NaN or infinite',
      killers: ['special-values', 'NaN', 'scalars'],
      link: 'https://github.com/OpenMathLib/OpenBLAS/issues/4728',
      change: ({ scale }) => ({
        scale(d, s, y) {
          if (s.a === 0) y.fill(0)
          else scale(d, s, y)
        },
      }),
    },
    'scaled-by-nan-is-zero': {
      says: 'what is scaled by NaN is set to 0: comparing NaN with 0 says that they are equal',
      killers: ['special-scalars', 'scalars', 'NaN'],
      link: 'https://github.com/OpenMathLib/OpenBLAS/issues/86',
      change: ({ scale }) => ({
        scale(d, s, y) {
          if (Number.isNaN(s.a)) y.fill(0)
          else scale(d, s, y)
        },
      }),
    },
    'nan-left-in-a-register': {
      says: 'ARM: the sum begins with 0 times what a register holds, and is NaN if the number before was',
      killers: ['special-scalars', 'NaN', 'special-values', 'scalars'],
      link: 'https://github.com/OpenMathLib/OpenBLAS/issues/750',
      change({ fill, scale, addScaled, sumOfSquares }) {
        let register = 0
        return {
          fill(d, s, y) {
            register = s.value
            fill(d, s, y)
          },
          scale(d, s, y) {
            register = s.a
            scale(d, s, y)
          },
          addScaled(d, s, x, y) {
            register = s.a
            addScaled(d, s, x, y)
          },
          sumOfSquares(d, x, y) {
            sumOfSquares(d, x, y)
            const own = y[0]
            if (Number.isNaN(register)) y[0] = Number.NaN
            register = own
          },
        }
      },
    },
    'infinity-gives-nan': {
      says: 'ARM, float64: squares are scaled by the largest value, and an infinite one gives NaN',
      killers: ['special-values'],
      link: 'https://github.com/OpenMathLib/OpenBLAS/pull/3052',
      dtype: 'float64',
      change: after('sumOfSquares', (_d, _x, y) => {
        if (y[0] === Infinity) y[0] = Number.NaN
      }),
    },
    'tiny-values-give-infinity': {
      says: 'PowerPC, float64: squares are scaled by the largest value, whose reciprocal overflows where all are subnormal: the sum is infinite',
      killers: ['subnormals'],
      link: 'https://github.com/OpenMathLib/OpenBLAS/pull/3695',
      dtype: 'float64',
      change: after('sumOfSquares', (_d, x, y) => {
        let largest = 0
        for (const value of x) largest = Math.max(largest, Math.abs(value))
        if (largest > 0 && 1 / largest === Infinity) y[0] = Infinity
      }),
    },
  }),
  ...kernelExhibits('affine', {
    'zero-times-what-y-holds': {
      says: 'the product is added to 0 times what the memory of y holds, which is NaN if that is NaN or infinite',
      killers: ['overwrites'],
      link: 'https://github.com/OpenMathLib/OpenBLAS/pull/2534',
      change: ({ forward }) => ({
        forward(d, x, w, b, y) {
          const held = y.slice()
          forward(d, x, w, b, y)
          y.set(mapped(y, (value, i) => value + 0 * held[i]))
        },
      }),
    },
  }),
]

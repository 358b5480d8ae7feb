import type { AffineDims, Conv2dDims, Data, MaxPool2dDims } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { mapped } from '../mutants/faults.js'
import { watched } from '../mutants/keeping.js'
import { after, given } from '../mutants/mutant.js'
import { type Exhibit, exhibits, kernelExhibits } from './exhibit.js'
import { where } from './where.js'

/** What a shader of 128 features, of which those past the end are not masked, adds to a row: the last product again. */
function past({ inSize: D }: AffineDims): number {
  return D % 32 === 0 ? (128 - (D % 128)) % 128 : 0
}

/** How many times more the last element was added than there was, for sums of so many. */
const addedAgain = new Map([...[28, 29, 30, 31, 37, 47, 53, 61].map((size) => [size, 8] as const), [58, 16] as const])

function operatorKey(d: Conv2dDims): string {
  const { n: _n, inH: _inH, inW: _inW, outH: _outH, outW: _outW, ...parameters } = d
  return JSON.stringify(parameters)
}

/** Operators kept by filter and geometry, but not by whether they rectify: the first call of either kernel decides. */
function keptOperators() {
  const convolve = createNaive().kernels.float64?.conv2d?.forward
  const kept = new Map<Data, Map<string, boolean>>()

  function isRectifying(w: Data | null | undefined, dims: object, own: boolean): boolean {
    if (!w) return own
    const operators = kept.get(w) ?? new Map<string, boolean>()
    const key = operatorKey(dims as Conv2dDims)
    if (!operators.has(key)) operators.set(key, own)
    kept.set(w, operators)
    return operators.get(key) ?? own
  }

  return watched({
    kernels: {
      'conv2d.forward'({ dims, operands, run }) {
        run()
        const y = operands.get('y')
        if (isRectifying(operands.get('w'), dims, false)) y?.set(mapped(y, (value) => Math.max(value, 0)))
      },
      'convRelu.forward'({ dims, operands, run }) {
        const [x, w, b, y] = ['x', 'w', 'b', 'y'].map((name) => operands.get(name) ?? null)
        if (isRectifying(w, dims, true) || !convolve || !x || !w || !y) run()
        else convolve(dims as Conv2dDims, x, w, b, y)
      },
    },
    after({ writes }) {
      for (const storage of writes) kept.delete(storage)
    },
  })
}

export const tfjsLayers: readonly Exhibit[] = [
  ...kernelExhibits('maxPool2d', {
    'window-of-one-not-written': {
      says: 'WebAssembly: windows of 1 x 1 give 0',
      killers: ['forward'],
      link: 'https://github.com/tensorflow/tfjs/pull/6969',
      change: where(
        (d: MaxPool2dDims) => d.kH * d.kW === 1,
        after('forward', (_d, _x, y) => y.fill(0)),
      ),
    },
    'maximum-with-zero': {
      says: 'WebGPU: the maximum starts at 0, so that windows of negative numbers give 0',
      killers: ['forward', 'shift', 'ties'],
      link: 'https://github.com/tensorflow/tfjs/pull/4854',
      change: after('forward', (_d, _x, y) => y.set(mapped(y, (value) => Math.max(value, 0)))),
    },
  }),
  ...kernelExhibits('avgPool2d', {
    'widths-before-heights': {
      says: 'WebGPU: strides, pads and window sizes are handed over with the width before the height',
      killers: ['forward', 'stride', 'padding', 'transpose', 'adjoint'],
      link: 'https://github.com/tensorflow/tfjs/pull/4801',
      change: given('forward', (d, ...storages) => [
        {
          ...d,
          kH: d.kW,
          kW: d.kH,
          strideH: d.strideW,
          strideW: d.strideH,
          padTop: d.padLeft,
          padLeft: d.padTop,
        },
        ...storages,
      ]),
    },
  }),
  ...kernelExhibits('affine', {
    'vector-past-the-last-feature': {
      says: 'WebGPU: a single row is read 128 features at a time, and past its end where their number divides by 32',
      killers: ['forward'],
      link: 'https://github.com/tensorflow/tfjs/pull/5165',
      change: where(
        (d: AffineDims) => d.n === 1 && past(d) > 0,
        after('forward', (d, x, w, _b, y) => {
          const extra = past(d) * x[x.length - 1] * w[w.length - 1]
          y.set(mapped(y, (value) => value + extra))
        }),
      ),
    },
  }),
  ...kernelExhibits('vector', {
    'last-element-again': {
      says: 'WebGL on phones: sums of 28 to 31, 37, 47, 53, 58 and 61 elements add the last one 8 or 16 times more',
      killers: ['forward'],
      link: 'https://github.com/tensorflow/tfjs/issues/2836',
      change: after('sumOfSquares', ({ size }, x, y) => {
        y[0] += (addedAgain.get(size) ?? 0) * x[size - 1] ** 2
      }),
    },
  }),
  ...exhibits(
    'convRelu',
    {
      'clamp-not-in-the-key': {
        says: 'WebAssembly: operators are kept by filter and geometry; whether they rectify the first call decides',
        killers: ['convRelu/plans', 'composition', 'replays'],
        link: 'https://github.com/tensorflow/tfjs/pull/2507',
      },
    },
    keptOperators,
  ),
]

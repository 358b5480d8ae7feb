import { mapped, unwritten } from '../mutants/faults.js'
import type { KernelFault } from '../mutants/mutant.js'
import { type Exhibit, kernelExhibits } from './exhibit.js'
import { when, wrapped } from './when.js'

/** Batches of another size have gone through the same layer, and this one is large. */
const afterAnotherBatch: KernelFault<'affine'>['change'] = ({ backward }) => {
  const seen = new Map<string, Set<number>>()
  return {
    backward(d, dy, x, w, dx, dw, db) {
      backward(d, dy, x, w, dx, dw, db)
      const key = `${d.inSize} ${d.outSize}`
      const sizes = seen.get(key) ?? new Set()
      seen.set(key, sizes)
      const others = [...sizes].filter((n) => n !== d.n)
      sizes.add(d.n)
      if (dw && d.n > 2 ** 15 && others.length > 0) dw.set(mapped(dw, (value) => 1000 * value))
    },
  }
}

export const pytorchLinearExhibits: readonly Exhibit[] = kernelExhibits('affine', {
  'mps-bias-of-one-row-lost': {
    says: 'MPS: a single row is multiplied as a vector, and its bias is not added',
    killers: ['forward', 'features', 'sweep-rows'],
    link: 'https://github.com/pytorch/pytorch/issues/188438',
    change: when(
      'forward',
      ({ n }, _x, _w, b) => n === 1 && b !== null,
      (forward, d, x, w, _b, y) => forward(d, x, w, null, y),
    ),
  },
  'mps-biased-rows-above-65536': {
    says: 'MPS: with a bias, rows from the 65,537th on land on the first ones',
    killers: ['sweep-rows', 'batch-sums'],
    link: 'https://github.com/pytorch/pytorch/issues/189495',
    change: when(
      'forward',
      ({ n }, _x, _w, b) => n > 2 ** 16 && b !== null,
      (forward, d, x, w, b, y) => wrapped(y, d.outSize, d.n, (right) => forward(d, x, w, b, right)),
    ),
  },
  'mps-rows-above-32768': {
    says: 'MPS: a plain product counts rows in 16 bits with a sign, and does not write those from the 32,769th on',
    killers: ['sweep-rows', 'batch-sums'],
    link: 'https://github.com/pytorch/pytorch/issues/116769',
    change: when(
      'forward',
      ({ n }, _x, _w, b) => n > 2 ** 15 && b === null,
      (forward, d, x, w, b, y) =>
        unwritten(
          y,
          (i) => i >= 2 ** 15 * d.outSize,
          () => forward(d, x, w, b, y),
        ),
    ),
  },
  'mps-gradient-after-another-batch': {
    says: 'MPS: weight gradients of more than 32,768 rows are 1,000 times too large once a batch of another size was seen',
    killers: ['batch-sums', 'sweep-rows'],
    link: 'https://github.com/pytorch/pytorch/issues/177116',
    dtype: 'float32',
    change: afterAnotherBatch,
  },
  'gemv-keeps-nan': {
    says: 'CPU: a product with a vector multiplies what memory holds by 0 instead of overwriting it, so that a NaN stays',
    killers: ['overwrites', 'outputs'],
    link: 'https://github.com/pytorch/pytorch/pull/44681',
    change: when(
      'forward',
      ({ outSize }, _x, _w, b) => outSize === 1 && b === null,
      (forward, d, x, w, b, y) => {
        const held = mapped(y, (value) => 0 * value)
        forward(d, x, w, b, y)
        y.set(mapped(y, (value, i) => held[i] + value))
      },
    ),
  },
})

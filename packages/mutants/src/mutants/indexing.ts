import { mapped } from './faults.js'
import { after, given, kernelMutants, type Mutant, type Table } from './mutant.js'

type Pooling = Pick<Table<'avgPool2d' | 'maxPool2d'>, 'forward'>

/** Of either pooling layer. */
const pooling = {
  'stride-of-width-only': {
    says: 'the forward pass steps down by the stride of the width',
    killers: ['transpose', 'stride', 'forward'],
    change: given<Pooling, 'forward'>('forward', (d, x, y) => [{ ...d, strideH: d.strideW }, x, y]),
  },
  'first-image-for-all': {
    says: 'the first image is pooled for the whole batch',
    killers: ['batch-order', 'forward'],
    change: given<Pooling, 'forward'>('forward', (d, x, y) => {
      const image = x.length / d.n
      return [d, mapped(x, (_, i) => x[i % image]), y]
    }),
  },
}

/** The right sum of the wrong elements: another row, channel, image, or the transpose. */
export const indexingMutants: readonly Mutant[] = [
  ...kernelMutants('affine', {
    'bias-shifted': {
      says: 'each output gets the bias of the next',
      killers: ['forward', 'outputs', 'adjoint'],
      change: given('forward', (d, x, w, b, y) => [d, x, w, b && mapped(b, (_, m) => b[(m + 1) % b.length]), y]),
    },
    'square-weights-transposed-in-dx': {
      says: 'the backward pass takes square weights for their transpose',
      killers: ['backward', 'adjoint', 'numeric-gradient'],
      change: given('backward', (d, dy, x, w, ...storages) => {
        const { inSize: D, outSize: M } = d
        const turned = D === M ? mapped(w, (_, i) => w[(i % M) * M + Math.floor(i / M)]) : w
        return [d, dy, x, turned, ...storages]
      }),
    },
    'dw-transposed': {
      says: 'the weight gradient is written column by column',
      killers: ['backward', 'adjoint', 'numeric-gradient', 'training/gradients', 'training/curve'],
      change: after('backward', (d, _dy, _x, _w, _dx, dw) => {
        const right = dw?.slice()
        for (let i = 0; dw && right && i < d.inSize; i++)
          for (let o = 0; o < d.outSize; o++) dw[i * d.outSize + o] = right[o * d.inSize + i]
      }),
    },
  }),
  ...kernelMutants('avgPool2d', pooling),
  ...kernelMutants('maxPool2d', {
    'strides-swapped': {
      says: 'the forward pass steps by the height stride along the width, and the other way round',
      killers: ['stride', 'forward'],
      change: given('forward', (d, x, y) => [{ ...d, strideH: d.strideW, strideW: d.strideH }, x, y]),
    },
    ...pooling,
    'magnitudes-compared': {
      says: 'the largest magnitude wins, and is what the window gives',
      killers: ['monotone', 'shift', 'forward'],
      change: given('forward', (d, x, y) => [d, mapped(x, Math.abs), y]),
    },
    'dy-of-first-channel': {
      says: 'the gradient of the first channel goes into all channels of an image',
      killers: ['channels', 'conserved', 'backward'],
      change: given('backward', (d, dy, ...storages) => {
        const plane = d.outH * d.outW
        const first = (i: number) => i - (Math.floor(i / plane) % d.channels) * plane
        return [d, mapped(dy, (_, i) => dy[first(i)]), ...storages]
      }),
    },
  }),
  ...kernelMutants('batchNorm', {
    'mean-of-first-channel': {
      says: 'every channel is centred on the mean of the first',
      killers: ['channels', 'forward'],
      change: given('normalize', (d, s, x, gamma, beta, mean, ...storages) => {
        const first = mapped(mean, () => mean[0])
        return [d, s, x, gamma, beta, first, ...storages]
      }),
    },
  }),
  ...kernelMutants('layerNorm', {
    'gamma-reversed': {
      says: 'the forward pass reads gamma from its end',
      killers: ['features', 'forward'],
      change: given('forward', (d, s, x, gamma, ...storages) => [d, s, x, gamma.slice().reverse(), ...storages]),
    },
    'mean-of-first-row-added': {
      says: 'the mean of the first row is added to every row',
      killers: ['rows', 'batch-order'],
      change: after('forward', (_d, _s, _x, _gamma, _beta, y, mean) => y.set(mapped(y, (value) => value + mean[0]))),
    },
  }),
  ...kernelMutants('groupNorm', {
    'mean-of-first-group-added': {
      says: 'the mean of the first group is added to every group',
      killers: ['groups', 'images', 'batch-order'],
      change: after('forward', (_d, _s, _x, _gamma, _beta, y, mean) => y.set(mapped(y, (value) => value + mean[0]))),
    },
  }),
  ...kernelMutants('svmLoss', {
    'label-of-first-row': {
      says: 'the gradient of every row is taken at the label of the first',
      killers: ['rows', 'batch-order', 'backward'],
      change: given('backward', (d, s, logits, t, dlogits) => {
        const first = mapped(t, () => t[0])
        return [d, s, logits, first, dlogits]
      }),
    },
  }),
  ...kernelMutants('vector', {
    'multiply-by-itself': {
      says: 'multiply squares its first operand',
      killers: ['forward'],
      change: given('multiply', (d, x, _m, y) => [d, x, x, y]),
    },
  }),
]

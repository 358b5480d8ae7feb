import { mapped } from './faults.js'
import { kernelMutants, type Mutant } from './mutant.js'

/** The right sum of the wrong elements: another row, channel, image, or the transpose. */
export const indexingMutants: readonly Mutant[] = [
  ...kernelMutants('affine', {
    'bias-shifted': {
      says: 'each output gets the bias of the next',
      killers: ['forward', 'outputs', 'adjoint'],
      change: ({ forward }) => ({
        forward: (d, x, w, b, y) => forward(d, x, w, b && mapped(b, (_, m) => b[(m + 1) % b.length]), y),
      }),
    },
    'square-weights-transposed-in-dx': {
      says: 'the backward pass takes square weights for their transpose',
      killers: ['backward', 'adjoint', 'numeric-gradient'],
      change: ({ backward }) => ({
        backward(d, dy, x, w, dx, dw, db) {
          const { inSize: D, outSize: M } = d
          const turned = D === M ? mapped(w, (_, i) => w[(i % M) * M + Math.floor(i / M)]) : w
          backward(d, dy, x, turned, dx, dw, db)
        },
      }),
    },
    'dw-transposed': {
      says: 'the weight gradient is written column by column',
      killers: ['backward', 'adjoint', 'numeric-gradient', 'training/gradients', 'training/curve'],
      change: ({ backward }) => ({
        backward(d, dy, x, w, dx, dw, db) {
          backward(d, dy, x, w, dx, dw, db)
          const right = dw?.slice()
          for (let i = 0; dw && right && i < d.inSize; i++)
            for (let o = 0; o < d.outSize; o++) dw[i * d.outSize + o] = right[o * d.inSize + i]
        },
      }),
    },
  }),
  ...kernelMutants('avgPool2d', {
    'stride-of-width-only': {
      says: 'the forward pass steps down by the stride of the width',
      killers: ['transpose', 'stride', 'forward'],
      change: ({ forward }) => ({ forward: (d, x, y) => forward({ ...d, strideH: d.strideW }, x, y) }),
    },
    'first-image-for-all': {
      says: 'the first image is pooled for the whole batch',
      killers: ['batch-order', 'forward'],
      change: ({ forward }) => ({
        forward(d, x, y) {
          const image = x.length / d.n
          forward(
            d,
            mapped(x, (_, i) => x[i % image]),
            y,
          )
        },
      }),
    },
  }),
  ...kernelMutants('maxPool2d', {
    'strides-swapped': {
      says: 'the forward pass steps by the height stride along the width, and the other way round',
      killers: ['stride', 'forward'],
      change: ({ forward }) => ({
        forward: (d, x, y) => forward({ ...d, strideH: d.strideW, strideW: d.strideH }, x, y),
      }),
    },
    'stride-of-width-only': {
      says: 'the forward pass steps down by the stride of the width',
      killers: ['transpose', 'stride', 'forward'],
      change: ({ forward }) => ({ forward: (d, x, y) => forward({ ...d, strideH: d.strideW }, x, y) }),
    },
    'first-image-for-all': {
      says: 'the first image is pooled for the whole batch',
      killers: ['batch-order', 'forward'],
      change: ({ forward }) => ({
        forward(d, x, y) {
          const image = x.length / d.n
          forward(
            d,
            mapped(x, (_, i) => x[i % image]),
            y,
          )
        },
      }),
    },
    'magnitudes-compared': {
      says: 'the largest magnitude wins, and is what the window gives',
      killers: ['monotone', 'shift', 'forward'],
      change: ({ forward }) => ({ forward: (d, x, y) => forward(d, mapped(x, Math.abs), y) }),
    },
    'dy-of-first-channel': {
      says: 'the gradient of the first channel goes into all channels of an image',
      killers: ['channels', 'conserved', 'backward'],
      change: ({ backward }) => ({
        backward(d, dy, x, y, dx) {
          const plane = d.outH * d.outW
          const first = (i: number) => i - (Math.floor(i / plane) % d.channels) * plane
          backward(
            d,
            mapped(dy, (_, i) => dy[first(i)]),
            x,
            y,
            dx,
          )
        },
      }),
    },
  }),
  ...kernelMutants('batchNorm', {
    'mean-of-first-channel': {
      says: 'every channel is centred on the mean of the first',
      killers: ['channels', 'forward'],
      change: ({ normalize }) => ({
        normalize: (d, s, x, gamma, beta, mean, variance, y) =>
          normalize(
            d,
            s,
            x,
            gamma,
            beta,
            mapped(mean, () => mean[0]),
            variance,
            y,
          ),
      }),
    },
  }),
  ...kernelMutants('layerNorm', {
    'gamma-reversed': {
      says: 'the forward pass reads gamma from its end',
      killers: ['features', 'forward'],
      change: ({ forward }) => ({
        forward: (d, s, x, gamma, ...storages) => forward(d, s, x, gamma.slice().reverse(), ...storages),
      }),
    },
    'mean-of-first-row-added': {
      says: 'the mean of the first row is added to every row',
      killers: ['rows', 'batch-order'],
      change: ({ forward }) => ({
        forward(d, s, x, gamma, beta, y, mean, variance) {
          forward(d, s, x, gamma, beta, y, mean, variance)
          y.set(mapped(y, (value) => value + mean[0]))
        },
      }),
    },
  }),
  ...kernelMutants('groupNorm', {
    'mean-of-first-group-added': {
      says: 'the mean of the first group is added to every group',
      killers: ['groups', 'images', 'batch-order'],
      change: ({ forward }) => ({
        forward(d, s, x, gamma, beta, y, mean, variance) {
          forward(d, s, x, gamma, beta, y, mean, variance)
          y.set(mapped(y, (value) => value + mean[0]))
        },
      }),
    },
  }),
  ...kernelMutants('svmLoss', {
    'label-of-first-row': {
      says: 'the gradient of every row is taken at the label of the first',
      killers: ['rows', 'batch-order', 'backward'],
      change: ({ backward }) => ({
        backward: (d, s, logits, t, dlogits) =>
          backward(
            d,
            s,
            logits,
            mapped(t, () => t[0]),
            dlogits,
          ),
      }),
    },
  }),
  ...kernelMutants('vector', {
    'multiply-by-itself': {
      says: 'multiply squares its first operand',
      killers: ['forward'],
      change: ({ multiply }) => ({ multiply: (d, x, _m, y) => multiply(d, x, x, y) }),
    },
  }),
]

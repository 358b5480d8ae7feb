import type {
  AdamKernels,
  AffineKernels,
  Backend,
  BatchNormKernels,
  Data,
  SoftmaxCrossEntropyKernels,
} from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'

const f = Math.fround

function read(x: Data, i: number): number {
  const value = x[i]
  if (value === undefined) throw new RangeError(`no element ${i}`)
  return value
}

/** From left to right, rounded after every operation. */
function sum(n: number, term: (i: number) => number): number {
  let total = 0
  for (let i = 0; i < n; i++) total = f(total + term(i))
  return total
}

const affine: AffineKernels<Data> = {
  forward({ n: N, inSize: D, outSize: M }, x, w, b, y) {
    for (let n = 0; n < N; n++)
      for (let m = 0; m < M; m++) {
        const product = sum(D, (d) => f(read(x, n * D + d) * read(w, d * M + m)))
        y[n * M + m] = f(product + (b ? read(b, m) : 0))
      }
  },
  backward({ n: N, inSize: D, outSize: M }, dy, x, w, dx, dw, db) {
    for (let n = 0; n < N; n++)
      for (let d = 0; d < D; d++) if (dx) dx[n * D + d] = sum(M, (m) => f(read(dy, n * M + m) * read(w, d * M + m)))
    for (let d = 0; d < D; d++)
      for (let m = 0; m < M; m++) if (dw) dw[d * M + m] = sum(N, (n) => f(read(x, n * D + d) * read(dy, n * M + m)))
    for (let m = 0; m < M; m++) if (db) db[m] = sum(N, (n) => read(dy, n * M + m))
  },
}

/** Folded, x * a + b, in normalize: the arrangement that rounds worst. */
const batchNorm: BatchNormKernels<Data> = {
  statistics({ n: N, channels: C, inner: I }, x, mean, variance) {
    for (let c = 0; c < C; c++) {
      const element = (k: number) => read(x, (Math.floor(k / I) * C + c) * I + (k % I))
      const mu = f(sum(N * I, element) * f(1 / (N * I)))
      mean[c] = mu
      variance[c] = f(sum(N * I, (k) => f(f(element(k) - mu) ** 2)) / (N * I))
    }
  },
  normalize({ n: N, channels: C, inner: I }, { eps }, x, gamma, beta, mean, variance, y) {
    for (let k = 0; k < N * C * I; k++) {
      const c = Math.floor(k / I) % C
      const a = f(read(gamma, c) / f(Math.sqrt(f(read(variance, c) + f(eps)))))
      y[k] = f(f(read(x, k) * a) + f(read(beta, c) - f(read(mean, c) * a)))
    }
  },
  running({ channels: C }, { momentum }, batch, running) {
    for (let c = 0; c < C; c++)
      running[c] = f(f(f(momentum) * read(running, c)) + f(f(1 - f(momentum)) * read(batch, c)))
  },
  reduce({ n: N, channels: C, inner: I }, { eps }, dy, x, mean, variance, dgamma, dbeta) {
    for (let c = 0; c < C; c++) {
      const place = (k: number) => (Math.floor(k / I) * C + c) * I + (k % I)
      const inv = f(1 / f(Math.sqrt(f(read(variance, c) + f(eps)))))
      const xhat = (k: number) => f(f(read(x, place(k)) - read(mean, c)) * inv)
      dgamma[c] = sum(N * I, (k) => f(read(dy, place(k)) * xhat(k)))
      dbeta[c] = sum(N * I, (k) => read(dy, place(k)))
    }
  },
  input({ n: N, channels: C, inner: I }, { eps, count }, dy, x, gamma, mean, variance, dgamma, dbeta, dx) {
    for (let k = 0; k < N * C * I; k++) {
      const c = Math.floor(k / I) % C
      const inv = f(1 / f(Math.sqrt(f(read(variance, c) + f(eps)))))
      const xhat = f(f(read(x, k) - read(mean, c)) * inv)
      const pull = f(f(read(dbeta, c) + f(xhat * read(dgamma, c))) * f(1 / count))
      dx[k] = f(f(read(gamma, c) * inv) * f(read(dy, k) - pull))
    }
  },
  inputFixed({ n: N, channels: C, inner: I }, { eps }, dy, gamma, variance, dx) {
    for (let k = 0; k < N * C * I; k++) {
      const c = Math.floor(k / I) % C
      dx[k] = f(f(read(gamma, c) / f(Math.sqrt(f(read(variance, c) + f(eps))))) * read(dy, k))
    }
  },
}

const softmaxCrossEntropy: SoftmaxCrossEntropyKernels<Data> = {
  forward({ n: N, classes: C }, { scale }, logits, labels, loss) {
    const terms = sum(N, (n) => {
      const z = shifted(logits, n, C)
      const total = sum(C, (c) => f(Math.exp(z(c))))
      return f(f(Math.log(total)) - z(read(labels, n)))
    })
    loss[0] = f(f(scale) * terms)
  },
  backward({ n: N, classes: C }, { scale }, logits, labels, dlogits) {
    for (let n = 0; n < N; n++) {
      const z = shifted(logits, n, C)
      const total = sum(C, (c) => f(Math.exp(z(c))))
      for (let c = 0; c < C; c++) {
        const p = f(f(Math.exp(z(c))) / total)
        dlogits[n * C + c] = f(f(scale) * f(p - (c === read(labels, n) ? 1 : 0)))
      }
    }
  },
}

function shifted(logits: Data, n: number, C: number): (c: number) => number {
  const max = Math.max(...Array.from({ length: C }, (_, c) => read(logits, n * C + c)))
  return (c) => f(read(logits, n * C + c) - max)
}

const adam: AdamKernels<Data> = {
  update({ size }, { learningRate, beta1, beta2, epsilon, step }, g, m, v, w) {
    const [b1, b2] = [f(beta1), f(beta2)]
    const [c1, c2] = [f(1 - f(b1 ** step)), f(1 - f(b2 ** step))]
    for (let i = 0; i < size; i++) {
      const gi = read(g, i)
      const mi = f(f(b1 * read(m, i)) + f(f(1 - b1) * gi))
      const vi = f(f(b2 * read(v, i)) + f(f(1 - b2) * f(gi * gi)))
      m[i] = mi
      v[i] = vi
      const denominator = f(f(Math.sqrt(f(vi / c2))) + f(epsilon))
      w[i] = f(read(w, i) - f(f(f(learningRate) * f(mi / c1)) / denominator))
    }
  },
}

/** Layers whose float32 kernels round after every operation, unlike naive's; the others are naive's. */
export const singleLayers = ['affine', 'batchNorm', 'softmaxCrossEntropy', 'adam']

export function createSingle(): Backend<Data> {
  const naive = createNaive()
  const float32 = { ...naive.kernels.float32, affine, batchNorm, softmaxCrossEntropy, adam }
  return { ...naive, name: 'single', kernels: { float32 } }
}

import type { AdamScalars, AdamwScalars, AffineKernels, Backend, Data, Kernels, LossKernels } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { batchNorm, groupNorm } from './roundedNorms.js'
import { fused, type Style } from './style.js'

const f = Math.fround

const twice = (a: number, b: number, c: number) => f(f(a * b) + c)
const leftToRight = (terms: readonly number[]) => terms.reduce((sum, term) => f(sum + term), 0)

function pairwise(terms: readonly number[]): number {
  if (terms.length < 3) return leftToRight(terms)
  const half = terms.length >> 1
  return f(pairwise(terms.slice(0, half)) + pairwise(terms.slice(half)))
}

export const styles: { readonly [name: string]: Style } = {
  'from left to right': { sum: leftToRight, mad: twice, folded: false },
  'from right to left, folded': { sum: (terms) => leftToRight([...terms].reverse()), mad: twice, folded: true },
  'in pairs, fused': { sum: pairwise, mad: fused, folded: true },
}

function softmaxCrossEntropy({ sum }: Style): LossKernels<Data> {
  const row = (logits: Data, n: number, C: number) => {
    const x = Array.from(logits.subarray(n * C, (n + 1) * C))
    const z = x.map((value) => f(value - x.reduce((a, b) => Math.max(a, b), -Infinity)))
    const e = z.map((value) => f(Math.exp(value)))
    return { z, e, total: sum(e) }
  }
  return {
    forward({ n: N, classes: C }, { scale }, logits, t, loss) {
      const terms = Array.from({ length: N }, (_, n) => {
        const { z, total } = row(logits, n, C)
        return f(f(Math.log(total)) - z[t[n]])
      })
      loss[0] = f(f(scale) * sum(terms))
    },
    backward({ n: N, classes: C }, { scale }, logits, t, dlogits) {
      for (let n = 0; n < N; n++) {
        const { e, total } = row(logits, n, C)
        for (let c = 0; c < C; c++) dlogits[n * C + c] = f(f(scale) * f(f(e[c] / total) - (c === t[n] ? 1 : 0)))
      }
    },
  }
}

function svmLoss({ sum }: Style): LossKernels<Data> {
  const margins = (logits: Data, n: number, C: number, t: number) =>
    Array.from(logits.subarray(n * C, (n + 1) * C), (x, c) => (c === t ? 0 : f(f(x - logits[n * C + t]) + 1)))
  return {
    forward({ n: N, classes: C }, { scale }, logits, t, loss) {
      const terms = Array.from({ length: N }, (_, n) =>
        margins(logits, n, C, t[n]).map((m) => (Number.isNaN(m) ? m : Math.max(0, m))),
      )
      loss[0] = f(f(scale) * sum(terms.flat()))
    },
    backward({ n: N, classes: C }, { scale }, logits, t, dlogits) {
      for (let n = 0; n < N; n++) {
        const g = margins(logits, n, C, t[n]).map((m) => (Number.isNaN(m) ? m : m > 0 ? f(scale) : 0))
        for (let c = 0; c < C; c++) dlogits[n * C + c] = c === t[n] ? -sum(g) : g[c]
      }
    },
  }
}

function adamw({ mad, folded }: Style) {
  return {
    update({ size }: { size: number }, s: AdamScalars & Partial<AdamwScalars>, g: Data, m: Data, v: Data, w: Data) {
      const [rate, b1, b2] = [f(s.learningRate), f(s.beta1), f(s.beta2)]
      const [c1, c2] = [f(1 - f(b1 ** s.step)), f(1 - f(b2 ** s.step))]
      const decay = s.weightDecay === undefined ? null : f(rate * f(s.weightDecay))
      for (let i = 0; i < size; i++) {
        m[i] = mad(b1, m[i], f(f(1 - b1) * g[i]))
        v[i] = mad(b2, v[i], f(f(1 - b2) * f(g[i] * g[i])))
        const root = folded ? f(f(Math.sqrt(v[i])) / f(Math.sqrt(c2))) : f(Math.sqrt(f(v[i] / c2)))
        const step = folded
          ? f(f(f(rate / c1) * m[i]) / f(root + f(s.epsilon)))
          : f(f(rate * f(m[i] / c1)) / f(root + f(s.epsilon)))
        w[i] = f((decay === null ? w[i] : f(w[i] - f(decay * w[i]))) - step)
      }
    },
  }
}

function affine({ sum }: Style): AffineKernels<Data> {
  const dot = (n: number, a: (i: number) => number, b: (i: number) => number) =>
    sum(Array.from({ length: n }, (_, i) => f(a(i) * b(i))))
  return {
    forward({ n: N, inSize: D, outSize: M }, x, w, b, y) {
      for (let n = 0; n < N; n++)
        for (let m = 0; m < M; m++) {
          const product = dot(
            D,
            (d) => x[n * D + d],
            (d) => w[d * M + m],
          )
          y[n * M + m] = f(product + (b ? b[m] : 0))
        }
    },
    backward({ n: N, inSize: D, outSize: M }, dy, x, w, dx, dw, db) {
      const column = (m: number) => (n: number) => dy[n * M + m]
      for (let i = 0; dx && i < N * D; i++) {
        const [n, d] = [Math.floor(i / D), i % D]
        dx[i] = dot(
          M,
          (m) => dy[n * M + m],
          (m) => w[d * M + m],
        )
      }
      for (let i = 0; dw && i < D * M; i++) dw[i] = dot(N, (n) => x[n * D + Math.floor(i / M)], column(i % M))
      for (let m = 0; db && m < M; m++) db[m] = dot(N, () => 1, column(m))
    },
  }
}

/** Naive but for affine, norms, losses and optimizers, which compute in float32 throughout. */
export function createRounded(style: Style): Backend<Data> {
  const naive = createNaive()
  const { mad } = style
  const group = groupNorm(style)
  const float32: Partial<Kernels<Data>> = {
    ...naive.kernels.float32,
    affine: affine(style),
    batchNorm: batchNorm(style),
    groupNorm: group,
    layerNorm: {
      forward: ({ n, size }, ...rest) => group.forward({ n, channels: size, inner: 1, groups: 1 }, ...rest),
      backward: ({ n, size }, ...rest) => group.backward({ n, channels: size, inner: 1, groups: 1 }, ...rest),
    },
    softmaxCrossEntropy: softmaxCrossEntropy(style),
    svmLoss: svmLoss(style),
    adam: adamw(style),
    adamw: adamw(style),
    sgd: {
      update({ size }, { learningRate }, g, w) {
        for (let i = 0; i < size; i++) w[i] = mad(f(-learningRate), g[i], w[i])
      },
    },
    sgdMomentum: {
      update({ size }, { learningRate, momentum }, g, v, w) {
        for (let i = 0; i < size; i++) {
          v[i] = mad(f(momentum), v[i], f(f(-learningRate) * g[i]))
          w[i] = f(w[i] + v[i])
        }
      },
    },
    rmsprop: {
      update({ size }, { learningRate, decayRate, epsilon }, g, v, w) {
        const fresh = f(1 - f(decayRate))
        for (let i = 0; i < size; i++) {
          v[i] = mad(f(decayRate), v[i], f(fresh * f(g[i] * g[i])))
          w[i] = f(w[i] - f(f(f(learningRate) * g[i]) / f(f(Math.sqrt(v[i])) + f(epsilon))))
        }
      },
    },
  }
  return { ...naive, name: 'rounded', kernels: { float32 } }
}

import {
  type AdamScalars,
  type Backend,
  type Conventions,
  type Data,
  type KernelTables,
  ourConventions,
  type WindowDims,
} from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'

const f = Math.fround

/** As libraries write it: a mask of the maxima, walked over in the order of the image, and every operation in float32. */
function maxPool2d({ ties, nan }: Conventions['maxPool2d']) {
  return (d: WindowDims, dy: Data, x: Data, _y: Data, dx: Data): void => {
    dx.fill(0)
    for (let image = 0; image < d.n * d.channels; image++)
      for (let p = 0; p < d.outH; p++)
        for (let q = 0; q < d.outW; q++) {
          const places: number[] = []
          for (let h = p * d.strideH - d.padTop; h < p * d.strideH - d.padTop + d.kH; h++)
            for (let w = q * d.strideW - d.padLeft; w < q * d.strideW - d.padLeft + d.kW; w++)
              if (h >= 0 && h < d.inH && w >= 0 && w < d.inW) places.push((image * d.inH + h) * d.inW + w)
          const g = dy[(image * d.outH + p) * d.outW + q]
          const give = (i: number, part: number) => {
            dx[i] = f(dx[i] + part)
          }
          const spoilt = places.filter((i) => Number.isNaN(x[i]))
          if (spoilt.length > 0) {
            if (nan === 'window') for (const i of places) give(i, Number.NaN)
            else give(nan === 'last' ? (spoilt.pop() ?? 0) : spoilt[0], g)
            continue
          }
          const largest = Math.max(...places.map((i) => x[i]))
          const mask = places.filter((i) => x[i] === largest)
          if (ties === 'split') for (const i of mask) give(i, f(g * f(1 / mask.length)))
          else give(ties === 'last' ? (mask.pop() ?? 0) : mask[0], g)
        }
  }
}

/** The vector-Jacobian product of maximum(x, 0). */
function relu({ slopeAtZero }: Conventions['relu']) {
  return ({ size }: { readonly size: number }, dy: Data, x: Data, dx: Data): void => {
    for (let i = 0; i < size; i++) {
      if (x[i] > 0) dx[i] = dy[i]
      else if (x[i] < 0) dx[i] = 0
      else dx[i] = x[i] === 0 ? f(slopeAtZero * dy[i]) : Number.NaN
    }
  }
}

function svmLoss({ slopeAtKink }: Conventions['svmLoss']) {
  return (
    { n: N, classes: C }: { readonly n: number; readonly classes: number },
    { scale }: { readonly scale: number },
    logits: Data,
    t: Data,
    dlogits: Data,
  ): void => {
    for (let n = 0; n < N; n++) {
      let count = 0
      for (let c = 0; c < C; c++) {
        if (c === t[n]) continue
        const margin = f(f(logits[n * C + c] - logits[n * C + t[n]]) + 1)
        const slope = margin > 0 ? 1 : margin < 0 ? 0 : margin === 0 ? slopeAtKink : Number.NaN
        count += slope
        dlogits[n * C + c] = f(f(scale) * slope)
      }
      dlogits[n * C + t[n]] = f(f(scale) * -count)
    }
  }
}

function sgdMomentum({ learningRate: place }: Conventions['sgdMomentum']): KernelTables<Data>['sgdMomentum'] {
  return {
    update({ size }, { learningRate, momentum }, g, v, w) {
      const [rate, mu] = [f(learningRate), f(momentum)]
      for (let i = 0; i < size; i++) {
        const kept = f(mu * v[i])
        v[i] = place === 'outsideVelocity' ? f(kept + g[i]) : f(kept - f(rate * g[i]))
        w[i] = place === 'outsideVelocity' ? f(w[i] - f(rate * v[i])) : f(w[i] + v[i])
      }
    },
  }
}

/** v as v + (1 - decay) (g^2 - v), and an inverse root that is multiplied by. */
function rmsprop({ epsilon: place }: Conventions['rmsprop']): KernelTables<Data>['rmsprop'] {
  return {
    update({ size }, { learningRate, decayRate, epsilon }, g, v, w) {
      const [decay, eps] = [f(decayRate), f(epsilon)]
      for (let i = 0; i < size; i++) {
        v[i] = f(f(decay * v[i]) + f(f(1 - decay) * f(g[i] * g[i])))
        const root = place === 'insideRoot' ? f(Math.sqrt(f(v[i] + eps))) : f(f(Math.sqrt(v[i])) + eps)
        w[i] = f(w[i] - f(f(f(learningRate) * g[i]) * f(1 / root)))
      }
    },
  }
}

/** With one rate for the whole step, as TensorFlow has it, where epsilon comes before the correction. */
function adamStep(place: Conventions['adam']['epsilon'], s: AdamScalars, g: number, m: number, v: number) {
  const [b1, b2, eps] = [f(s.beta1), f(s.beta2), f(s.epsilon)]
  const [c1, c2] = [f(1 - f(b1 ** s.step)), f(1 - f(b2 ** s.step))]
  const first = f(f(b1 * m) + f(f(1 - b1) * g))
  const second = f(f(b2 * v) + f(f(1 - b2) * f(g * g)))
  const rate = f(f(s.learningRate) / c1)
  const move =
    place === 'beforeCorrection'
      ? f(f(f(rate * f(Math.sqrt(c2))) * first) / f(f(Math.sqrt(second)) + eps))
      : f(f(rate * first) / f(f(f(Math.sqrt(second)) / f(Math.sqrt(c2))) + eps))
  return { first, second, move }
}

function adam({ epsilon }: Conventions['adam']): KernelTables<Data>['adam'] {
  return {
    update({ size }, s, g, m, v, w) {
      for (let i = 0; i < size; i++) {
        const { first, second, move } = adamStep(epsilon, s, g[i], m[i], v[i])
        ;[m[i], v[i], w[i]] = [first, second, f(w[i] - move)]
      }
    },
  }
}

function adamw({ epsilon, decay }: Conventions['adamw']): KernelTables<Data>['adamw'] {
  return {
    update({ size }, s, g, m, v, w) {
      const part = decay === 'alone' ? f(s.weightDecay) : f(f(s.learningRate) * f(s.weightDecay))
      for (let i = 0; i < size; i++) {
        const { first, second, move } = adamStep(epsilon, s, g[i], m[i], v[i])
        ;[m[i], v[i], w[i]] = [first, second, f(f(w[i] * f(1 - part)) - move)]
      }
    },
  }
}

/** Right in float32 under any conventions, with kernels that know nothing of the suite's own definitions. */
export function createRoundedConventional(conventions: Conventions): Backend<Data> {
  const naive = createNaive()
  const { float32 = {} } = naive.kernels
  return {
    ...naive,
    name: 'rounded conventions',
    conventions: { ...ourConventions, ...conventions },
    kernels: {
      float32: {
        ...float32,
        maxPool2d: { ...float32.maxPool2d, backward: maxPool2d(conventions.maxPool2d) },
        relu:
          conventions.relu.slopeAtZero === 0
            ? { ...float32.relu }
            : { ...float32.relu, backward: relu(conventions.relu) },
        svmLoss: { ...float32.svmLoss, backward: svmLoss(conventions.svmLoss) },
        sgdMomentum: sgdMomentum(conventions.sgdMomentum) ?? {},
        rmsprop: rmsprop(conventions.rmsprop) ?? {},
        adam: adam(conventions.adam) ?? {},
        adamw: adamw(conventions.adamw) ?? {},
      },
    },
  }
}

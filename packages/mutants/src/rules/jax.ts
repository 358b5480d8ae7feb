import { seedOf } from '@convkit/conformance/internal/core/seed'
import { Random } from '@convkit/data'
import { optimizers } from './layers.js'
import { isCloseInNumpy } from './onnx.js'
import { everywhere, type Judged, type Rule, reference } from './rule.js'

const ofValues = { float32: 1e-6, float64: 1e-15 } as const
const ofGradients = { float32: 2e-3, float64: 1e-5 } as const

/** Both sides of a gradient along one random direction, as `check_vjp` compares them. */
function along(judged: Judged): readonly [number, number] {
  const { got, output } = judged
  const expected = reference(judged)
  const random = new Random(seedOf(got.data.length, output))
  const direction = random.normal(got.data.length)
  let [seen, right] = [0, 0]
  for (let i = 0; i < direction.length; i++) {
    seen += direction[i] * got.data[i]
    right += direction[i] * expected[i]
  }
  return [seen, right]
}

export const jax: Rule = {
  name: 'JAX test_util, defaults',
  source: 'https://github.com/jax-ml/jax/blob/cec06d116c05f0d52adfceee3d3b730fdbcb0ce5/jax/_src/public_test_util.py',
  says: 'assert_allclose with atol = rtol = 1e-6 in float32 and 1e-15 in float64; of gradients only the product with one random direction is compared, to 2e-3 and 1e-5',
  scope: 'outputs and gradients of all layers, float32 and float64; optimizers are not part of JAX',
  reference:
    'values: NumPy, computed in the dtype or above and cast to it; gradients: central differences with eps 1e-4, all inputs moved at once; here the definition, rounded to the dtype, and its exact gradients, each moved alone',
  draws: '`numpy.random.randn` and uniform draws; many tests set a larger tolerance of their own',
  nonFinite: 'NaN agrees with NaN, an infinity with itself',
  judge(judged) {
    const { layer, method, dtype } = judged
    if (optimizers.has(layer)) return null
    if (method === 'backward') return isCloseInNumpy(...along(judged), ofGradients[dtype], ofGradients[dtype])
    return everywhere(judged, (got, expected) => isCloseInNumpy(got, expected, ofValues[dtype], ofValues[dtype]))
  },
}

import type { FloatTensor } from '@convkit/api'
import { type Mode, type Model, numericGradient, relError, type Targets } from '../../src/index.js'

interface GradientProbe {
  /** A new one for each evaluation, so that dropout draws the same mask each time. */
  readonly mode?: () => Mode
  readonly h?: number
}

/** For each parameter, the relative error between the model's gradient and central differences of its loss. */
export async function gradientErrors(
  model: Model,
  X: FloatTensor,
  y: Targets,
  { mode = () => ({ train: true, random: Math.random }), h = 1e-5 }: GradientProbe = {},
): Promise<Map<string, number>> {
  using step = model.scope.child()
  const { grads } = model.loss(step, X, y, { mode: mode() })
  const errors = new Map<string, number>()
  for (const [i, { name, tensor }] of model.params.entries()) {
    const analytic = await grads[i]?.read()
    const original = Float64Array.from(await tensor.read())
    const loss = async (values: Float64Array) => {
      tensor.write(values)
      using probe = model.scope.child()
      return model.loss(probe, X, y, { mode: mode(), grads: null }).loss.read()
    }
    const numeric = await numericGradient(loss, original, { h })
    tensor.write(original)
    errors.set(name, relError(analytic ?? [], numeric))
  }
  return errors
}

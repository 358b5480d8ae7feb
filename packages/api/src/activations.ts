import { type ActivationName, activationDefinitions } from './kernels.js'
import { type Activation, activationOf } from './layers/activation.js'

/** Gaussian error linear unit (Hendrycks and Gimpel 2016), in its tanh form. */
export const gelu = activationOf(activationDefinitions.gelu)

/** Sigmoid linear unit (Elfwing and others 2017). */
export const silu = activationOf(activationDefinitions.silu)

/** The logistic function. */
export const sigmoid = activationOf(activationDefinitions.sigmoid)

/** Hyperbolic tangent. */
export const tanh = activationOf(activationDefinitions.tanh)

/** Leaky rectifier (Maas, Hannun and Ng 2013). */
export const leakyRelu = activationOf(activationDefinitions.leakyRelu)

/** Every activation that is defined by a composition, by name. */
export const activations = { gelu, silu, sigmoid, tanh, leakyRelu } satisfies {
  readonly [N in ActivationName]: Activation<N>
}

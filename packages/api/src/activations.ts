import { type ActivationName, activationDefinitions } from './kernels.js'
import { type Activation, activationOf } from './layers/activation.js'

/** Gaussian error linear unit (Hendrycks and Gimpel 2016), in its tanh form. */
export const gelu = activationOf(activationDefinitions.gelu)

/** Every activation that is defined by a composition, by name. */
export const activations = { gelu } satisfies { readonly [N in ActivationName]: Activation<N> }

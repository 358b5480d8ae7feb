import { type UpdateName, updateDefinitions } from './kernels.js'
import { type Update, updateOf } from './update.js'

/** Plain stochastic gradient descent. */
export const sgd = updateOf(updateDefinitions.sgd)

/** Stochastic gradient descent with momentum, as the course writes it. */
export const sgdMomentum = updateOf(updateDefinitions.sgdMomentum)

/** RMSProp (Tieleman and Hinton 2012). */
export const rmsprop = updateOf(updateDefinitions.rmsprop)

/** Adam with bias correction (Kingma and Ba 2015). */
export const adam = updateOf(updateDefinitions.adam)

/** Adam with decoupled weight decay (Loshchilov and Hutter 2019). */
export const adamw = updateOf(updateDefinitions.adamw)

/** Nesterov's momentum as PyTorch has it, with decoupled weight decay. */
export const nesterov = updateOf(updateDefinitions.nesterov)

/** Every update, by name. */
export const updates = { sgd, sgdMomentum, rmsprop, adam, adamw, nesterov } satisfies {
  readonly [N in UpdateName]: Update<(typeof updateDefinitions)[N]['defaults'], N>
}

import { type Activation, type ActivationDefinition, activationOf, type FloatTensor, type Scope } from '@convkit/api'
import type { LayerSpec } from './layer.js'

/** There are none; callers without types are told. */
export type NoOptions = Readonly<Record<string, never>>

interface Operation<Saved> {
  forward(scope: Scope, inputs: { readonly x: FloatTensor }): { readonly y: FloatTensor; readonly saved: Saved }
  backward(
    scope: Scope,
    dy: FloatTensor,
    saved: Saved,
    want: { readonly dx: boolean },
  ): { readonly dx: FloatTensor | null }
}

/** A layer without parameters that keeps the shape of its input. */
export function elementwise<Saved>(
  kind: string,
  operation: Operation<Saved>,
  options: object,
  hyperparameters: { readonly [name: string]: number } = {},
): LayerSpec {
  return {
    kind,
    options,
    build: ({ name, inputShape }) => ({
      name,
      params: [],
      buffers: [],
      outputShape: inputShape,
      hyperparameters,
      forward(scope, x) {
        const { y, saved } = operation.forward(scope, { x })
        return { y, backward: (dy, _, wantDx) => operation.backward(scope, dy, saved, { dx: wantDx }).dx }
      },
    }),
  }
}

/** Throws a `ConfigError` for scalars that are not the activation's. */
export function activationSpecOf<Scalar extends string>(
  activation: Activation<string, Scalar>,
  options: { readonly [S in Scalar]?: number },
): LayerSpec {
  const scalars = activation.scalars(options)
  const { name, forward, backward } = activation
  return elementwise(name, { forward: (scope, inputs) => forward(scope, inputs, scalars), backward }, options, scalars)
}

/**
 * A layer of one's own, by `defineActivation`. Gradients, kernels of every backend and the ONNX export follow from it. `options`
 * are its scalars, by default those of its definition.
 */
export function activationLayer<Scalar extends string = never>(
  definition: ActivationDefinition<string, Scalar>,
  options: { readonly [S in Scalar]?: number } = {},
): LayerSpec {
  return activationSpecOf(activationOf(definition), options)
}

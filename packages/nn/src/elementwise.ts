import { type ActivationDefinition, activationOf, checkOptions, type FloatTensor, type Scope } from '@convkit/api'
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

/** A layer without parameters or options that keeps the shape of its input. */
export function elementwise<Saved>(kind: string, operation: Operation<Saved>, options: NoOptions): LayerSpec {
  checkOptions(kind, options, {})
  return {
    kind,
    options: {},
    build: ({ name, inputShape }) => ({
      name,
      params: [],
      buffers: [],
      outputShape: inputShape,
      forward(scope, x) {
        const { y, saved } = operation.forward(scope, { x })
        return { y, backward: (dy, _, wantDx) => operation.backward(scope, dy, saved, { dx: wantDx }).dx }
      },
    }),
  }
}

/** A layer of one's own, by `defineActivation`. Gradients, kernels of every backend and the ONNX export follow from it. */
export function activationLayer(definition: ActivationDefinition): LayerSpec {
  return elementwise(definition.name, activationOf(definition), {})
}

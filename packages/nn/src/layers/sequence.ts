import { ConfigError, ConvkitError, DataError, type FloatTensor } from '@convkit/api'
import type { BuildContext, Hyperparameters, Layer, LayerSpec } from '../layer.js'
import { under } from '../under.js'

/** A layer that could not be built, by its full name; layers around it have nothing to add. */
class BuildError extends ConfigError {}

/** Layers one after another, as one layer; none of them: y = x. Inner layers are named `sequence1.conv2d1`. */
export function sequence(specs: readonly LayerSpec[]): LayerSpec {
  checkLayers('sequence', specs)
  return { kind: 'sequence', args: [specs], build: (context) => buildSequence(specs, context) }
}

/** Throws `ConfigError` for what is no list of layers. */
export function checkLayers(owner: string, specs: readonly LayerSpec[]): void {
  const fault = (got: unknown) =>
    new ConfigError(`${owner}: wanted a list of layers, like [relu(), affine({ units: 10 })], got ${String(got)}`)
  if (!Array.isArray(specs)) throw fault(specs)
  for (const spec of specs) if (typeof Object(spec).build !== 'function') throw fault(`a list with ${String(spec)}`)
}

/** The one walk over layers, there and back. A context without a name is the model's own. */
export function buildSequence(
  specs: readonly LayerSpec[],
  context: BuildContext,
): Layer & { readonly layers: readonly Layer[]; readonly hyperparameters: Hyperparameters } {
  const counts = new Map<string, number>()
  const hyperparameters: { [name: string]: Hyperparameters[string] } = {}
  let { inputShape } = context
  const layers = specs.map((spec, i) => {
    const number = (counts.get(spec.kind) ?? 0) + 1
    counts.set(spec.kind, number)
    const own = `${spec.kind}${number}`
    const layer = build(spec, { ...context, name: inside(context.name, own), inputShape })
    inputShape = layer.outputShape
    Object.assign(hyperparameters, { [`layer ${i + 1}`]: own }, under(own, layer.hyperparameters ?? {}))
    return layer
  })
  // Nothing before the first parameter needs a gradient, least of all the images.
  const first = layers.findIndex(({ params }) => params.length > 0)
  return {
    name: context.name,
    layers,
    params: layers.flatMap(({ params }) => params),
    buffers: layers.flatMap(({ buffers }) => buffers),
    outputShape: inputShape,
    hyperparameters,
    forward(scope, x, mode) {
      let y = x
      const passes = layers.map((layer) => {
        const pass = layer.forward(scope, y, mode)
        y = pass.y
        mode.onOutput?.(layer.name, y)
        return pass
      })
      return {
        y,
        backward(dy, gradient, wantDx) {
          if (!wantDx && first === -1) return null
          const last = wantDx ? 0 : first
          let dx: FloatTensor | null = dy
          for (let i = passes.length - 1; dx && i >= last; i--)
            dx = passes[i]?.backward(dx, gradient, wantDx || i > last) ?? null
          return dx
        },
      }
    },
  }
}

/** The name of what stands in a layer of layers. */
export function inside(outer: string, name: string): string {
  return outer === '' ? name : `${outer}.${name}`
}

function build(spec: LayerSpec, context: BuildContext): Layer {
  try {
    return spec.build(context)
  } catch (cause) {
    if (!(cause instanceof ConvkitError) || cause instanceof DataError || cause instanceof BuildError) throw cause
    throw new BuildError(`sequential: cannot build ${context.name}: ${cause.message}`, { cause })
  }
}

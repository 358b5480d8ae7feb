import type { Backend } from './backend.js'
import { type AnyKernel, type AnyKernelTable, type KernelsOf, type LayerDefinition, outputsOf } from './defineLayer.js'
import type { FloatDType } from './dtype.js'
import { BackendMismatchError, DTypeError, FreedError, UnsupportedError } from './errors.js'
import { infoOf, isComposed, taking } from './mapKernels.js'
import { queuedKernels } from './queued.js'
import { formatShape } from './shape.js'
import type { FloatTensor, Scope, Tensor } from './tensor.js'

type MethodName<L extends LayerDefinition> = keyof L['methods'] & string

/**
 * One layer's table, known to have `methods` and to do this call, or an `UnsupportedError` that says what is missing or why
 * not, and what to do. `want` leaves outputs out.
 */
export function kernelTable<L extends LayerDefinition>(
  backend: Backend,
  layer: L,
  dtype: FloatDType,
  dims: unknown,
  methods: MethodName<L> | readonly MethodName<L>[],
  want: { readonly [output: string]: boolean | FloatTensor | undefined } = {},
): KernelsOf<L, unknown> {
  const tables: { readonly [layer: string]: AnyKernelTable<unknown> | undefined } = Object(backend.kernels[dtype])
  const table = tables[layer.name] ?? composedTable(backend, layer)
  const called: readonly string[] = [methods].flat()
  const missing = called.find((method) => !table?.[method])
  if (!table || missing !== undefined)
    throw new UnsupportedError(
      `${layer.name}.${missing}: backend ${backend.name} has no ${dtype} kernel; wrap it in withFallback(backend, host)`,
      { missing: true },
    )
  for (const method of called) {
    const definition = layer.methods[method]
    if (!definition || !table.unsupported) continue
    const wanted = Object.fromEntries(outputsOf(definition).map((output) => [output, want[output] !== false]))
    const reason = table.unsupported(dims, method, wanted)
    if (reason != null)
      throw new UnsupportedError(
        `${layer.name}: backend ${backend.name} refuses this call: ${reason}; wrap it in withFallback(backend, host)`,
      )
  }
  const kernels: AnyKernelTable<unknown> = queuedKernels(layer.name, table, called)
  // It has all the methods that are called, and a backend's tables have the types of their layers.
  return kernels as KernelsOf<L, unknown>
}

const composedTables = new WeakMap<object, Map<LayerDefinition, AnyKernelTable<unknown> | undefined>>()

/** The kernels of a layer that has a composition, on a backend that takes compositions; undefined elsewhere. */
function composedTable(backend: Backend, definition: LayerDefinition): AnyKernelTable<unknown> | undefined {
  const tables = composedTables.get(backend) ?? new Map<LayerDefinition, AnyKernelTable<unknown> | undefined>()
  composedTables.set(backend, tables)
  if (!tables.has(definition)) tables.set(definition, compose(backend, definition))
  return tables.get(definition)
}

function compose(backend: Backend, { name, methods }: LayerDefinition): AnyKernelTable<unknown> | undefined {
  const kernels = Object.entries(methods).map(([method, form]) => infoOf(name, method, form))
  if (!backend.compose || !kernels.every(isComposed)) return undefined
  const table: { [method: string]: AnyKernel<unknown> } = {}
  for (const kernel of kernels) table[kernel.method] = taking(kernel, (call) => backend.compose?.(kernel, call))
  return table
}

/** Checks that all tensors are alive, on the scope's backend and of one float dtype, which it returns. */
export function checkTensors(
  layer: string,
  scope: Scope,
  tensors: { readonly [name: string]: FloatTensor | null | undefined },
): FloatDType {
  let first: { name: string; dtype: FloatDType } | undefined
  for (const [name, tensor] of Object.entries(tensors)) {
    if (!tensor) continue
    checkOwner(layer, scope, name, tensor)
    if (tensor.dtype !== 'float32' && tensor.dtype !== 'float64')
      throw new DTypeError(`${layer}: ${name} is ${String(tensor.dtype)} but must be float32 or float64`)
    first ??= { name, dtype: tensor.dtype }
    if (tensor.dtype !== first.dtype)
      throw new DTypeError(`${layer}: ${first.name} is ${first.dtype} but ${name} is ${tensor.dtype}`)
  }
  if (!first) throw new DTypeError(`${layer}: no tensor was given`)
  return first.dtype
}

/** Checks that one tensor is alive and on the scope's backend. */
export function checkOwner(layer: string, scope: Scope, name: string, tensor: Tensor): void {
  if (tensor.scope.disposed)
    throw new FreedError(`${layer}: ${name} ${formatShape(tensor.shape)} was used after its scope was freed`)
  if (tensor.backend !== scope.backend)
    throw new BackendMismatchError(
      `${layer}: ${name} lives on ${tensor.backend.name} but the scope is on ${scope.backend.name}`,
    )
}

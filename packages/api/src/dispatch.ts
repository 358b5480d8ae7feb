import type { Backend, FloatDType } from './backend.js'
import { BackendMismatchError, DTypeError, FreedError, ShapeError, UnsupportedError } from './errors.js'
import type { Wanted } from './gradients.js'
import { type AnyKernelTable, type KernelName, type Kernels, signatures } from './kernels.js'
import { queuedKernels } from './queued.js'
import type { Scope } from './scope.js'
import { outputsOf, type Signature } from './signature.js'
import { type FloatTensor, formatShape, type Shape, type Tensor } from './tensor.js'

type MethodName<L extends KernelName> = Exclude<keyof NonNullable<Kernels<unknown>[L]>, 'unsupported'>

/**
 * One layer's table, known to have `methods` and to do this call, or an `UnsupportedError` that says what is missing or why
 * not, and what to do. `want` leaves outputs out.
 */
export function kernelTable<L extends KernelName>(
  backend: Backend,
  layer: L,
  dtype: FloatDType,
  dims: unknown,
  methods: MethodName<L> | readonly MethodName<L>[],
  want: Wanted<string> = {},
): NonNullable<Kernels<unknown>[L]> {
  const own = backend.kernels[dtype]?.[layer]
  // Seen without its types, so that one check serves every layer.
  const table = own as AnyKernelTable<unknown> | undefined
  const called = [methods].flat().map(String)
  const missing = called.find((method) => !table?.[method])
  if (missing !== undefined)
    throw new UnsupportedError(
      `${layer}.${missing}: backend ${backend.name} has no ${dtype} kernel; wrap it in withFallback(backend, host)`,
      { missing: true },
    )
  const named: { readonly [method: string]: Signature } = signatures[layer]
  for (const method of called) {
    const signature = named[method]
    if (!signature || !table?.unsupported) continue
    const wanted = Object.fromEntries(outputsOf(signature).map((output) => [output, want[output] !== false]))
    const reason = table.unsupported(dims, method, wanted)
    if (reason != null)
      throw new UnsupportedError(
        `${layer}: backend ${backend.name} refuses this call: ${reason}; wrap it in withFallback(backend, host)`,
      )
  }
  // It has all the methods that are called.
  return queuedKernels(layer, own as NonNullable<Kernels<unknown>[L]>, called)
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

export function checkSameShape(layer: string, name: string, got: Shape, wanted: Shape): void {
  if (got.length !== wanted.length || got.some((length, axis) => length !== wanted[axis]))
    throw new ShapeError(`${layer}: ${name} must have shape ${formatShape(wanted)}, got ${formatShape(got)}`)
}

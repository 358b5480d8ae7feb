import {
  type Backend,
  type FloatDType,
  type KernelName,
  kernelInfo,
  kernelNames,
  ofElementLosses,
  refuseIn,
} from '@convkit/api'

/** The kernels of what has no table of its own; a fused sandwich may always be composed instead. */
const composed: { readonly [layer: string]: readonly KernelName[] } = {
  dropout: ['vector'],
  affineRelu: ['affine', 'relu'],
  convRelu: ['conv2d', 'relu'],
  convReluPool: ['conv2d', 'relu', 'maxPool2d'],
  convBnRelu: ['conv2d', 'batchNorm', 'relu'],
  convBnReluPool: ['conv2d', 'batchNorm', 'relu', 'maxPool2d'],
}

/** The kernels that a layer calls beside its own: the terms of a loss are summed by products with ones. */
const beside: { readonly [layer: string]: readonly KernelName[] } = ofElementLosses<readonly KernelName[]>(() => [
  'affine',
  'vector',
])

/** Whether a whole table that `layer` needs is absent, so that every one of its calls is refused. */
export function lacksTable(backend: Backend, layer: string, dtype: FloatDType): boolean {
  return tablesOf(backend, layer, dtype).some((name) => !backend.kernels[dtype]?.[name])
}

type Tables = Pick<Backend, 'kernels'>

/** The tables of a layer; none for what is not a layer. */
export function tablesOf(backend: Tables, layer: string, dtype: FloatDType): readonly KernelName[] {
  const own = ownTable(layer)
  return own.some((name) => backend.kernels[dtype]?.[name]) ? own : (composed[layer] ?? own)
}

function ownTable(layer: string): readonly KernelName[] {
  return kernelNames.filter((name) => name === layer)
}

/** All kernels that a layer's two passes may call: a fused kernel's gradients are those of its layers. */
export function kernelsOf(backend: Tables, layer: string, dtype: FloatDType): readonly KernelName[] {
  return [...new Set([...tablesOf(backend, layer, dtype), ...(composed[layer] ?? []), ...(beside[layer] ?? [])])]
}

/** The kernel that a layer is; none for what is made of several. */
export function kernelOf(layer: string): KernelName | undefined {
  const tables = composed[layer] ?? ownTable(layer)
  return tables.length === 1 ? tables[0] : undefined
}

/** The dtypes that a backend's `kernels` speak of: its specification. */
export function declaredDTypes(backend: Backend): FloatDType[] {
  return (['float32', 'float64'] as const).filter((dtype) => backend.kernels[dtype])
}

/** Whether a backend has a kernel and refuses these dims, where all of its outputs are wanted. */
export function refuses(backend: Tables, dtype: FloatDType, layer: KernelName, method: string, d: object): boolean {
  const { updates, writes } = kernelInfo(layer, method)
  const wanted = Object.fromEntries([...updates, ...writes].map((output) => [output, true]))
  return refuseIn(backend.kernels[dtype], layer)?.(d, method, wanted) != null
}

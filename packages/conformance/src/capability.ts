import { type Backend, type FloatDType, type KernelName, signatures } from '@convkit/api'

/** The kernels of what has no table of its own; a fused sandwich may always be composed instead. */
const composed: { readonly [layer: string]: readonly KernelName[] } = {
  dropout: ['vector'],
  affineRelu: ['affine', 'relu'],
  convRelu: ['conv2d', 'relu'],
  convReluPool: ['conv2d', 'relu', 'maxPool2d'],
  convBnRelu: ['conv2d', 'batchNorm', 'relu'],
  convBnReluPool: ['conv2d', 'batchNorm', 'relu', 'maxPool2d'],
}

const all = Object.keys(signatures).filter((name): name is KernelName => !(name in composed))

/** Whether a kernel that `layer` is made of is absent, so that some of its calls are refused for want of it. */
export function lacksKernels(backend: Backend, layer: string, dtype: FloatDType): boolean {
  const names = tablesOf(backend, layer, dtype)
  return (names.length > 0 ? names : all).some((name) => {
    const table: object = backend.kernels[dtype]?.[name] ?? {}
    return Object.keys(signatures[name]).some((method) => !(method in table))
  })
}

/** Whether a whole table that `layer` needs is absent, so that every one of its calls is refused. */
export function lacksTable(backend: Backend, layer: string, dtype: FloatDType): boolean {
  return tablesOf(backend, layer, dtype).some((name) => !backend.kernels[dtype]?.[name])
}

/** The tables of a layer; none for what is not a layer. */
export function tablesOf(backend: Backend, layer: string, dtype: FloatDType): readonly KernelName[] {
  const own = (Object.keys(signatures) as KernelName[]).filter((name) => name === layer)
  return own.some((name) => backend.kernels[dtype]?.[name]) ? own : (composed[layer] ?? own)
}

/** The dtypes that a backend's `kernels` speak of: its specification. */
export function declaredDTypes(backend: Backend): FloatDType[] {
  return (['float32', 'float64'] as const).filter((dtype) => backend.kernels[dtype])
}

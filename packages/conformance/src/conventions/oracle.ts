import { type Backend, type Conventions, type Data, differencesOf, type Kernels, type KernelTables } from '@convkit/api'
import { createNaive, type NaiveBackend } from '@convkit/backend-naive'
import * as adam from './adam.js'
import * as maxPool2d from './maxPool2d.js'
import * as relu from './relu.js'
import * as rmsprop from './rmsprop.js'
import * as sgdMomentum from './sgdMomentum.js'
import * as svmLoss from './svmLoss.js'

/** Each kernel that conventions change, as they have it. */
function alternatives(conventions: Conventions): KernelTables<Data> {
  return {
    maxPool2d: { backward: maxPool2d.backward(conventions.maxPool2d) },
    relu: { backward: relu.backward(conventions.relu) },
    svmLoss: { backward: svmLoss.backward(conventions.svmLoss) },
    sgdMomentum: { update: sgdMomentum.update(conventions.sgdMomentum) },
    rmsprop: { update: rmsprop.update(conventions.rmsprop) },
    adam: { update: adam.update(conventions.adam) },
    adamw: { update: adam.decayingUpdate(conventions.adamw) },
  }
}

/** The plain loops under other conventions than ours: a right backend of its own, and the definition of others. */
export function createConventional(conventions: Conventions): NaiveBackend {
  const naive = createNaive()
  const others: { readonly [layer: string]: object } = alternatives(conventions)
  const changed = new Set<string>(differencesOf({ conventions }).map(({ layer }) => layer))
  const tables = Object.entries<object>(naive.kernels.float64 ?? {}).map(([layer, table]) => [
    layer,
    changed.has(layer) ? { ...table, ...others[layer] } : table,
  ])
  const kernels: Partial<Kernels<Data>> = Object.fromEntries(tables)
  return { ...naive, conventions, kernels: { float32: kernels, float64: kernels } }
}

const definitions = new Map<string, Backend>()

/** What expected values come from: `oracle` under our conventions, else the plain loops under others. */
export function underConventions(oracle: Backend, conventions: Conventions): Backend {
  if (differencesOf({ conventions }).length === 0) return oracle
  const key = JSON.stringify(conventions)
  const known = definitions.get(key) ?? createConventional(conventions)
  definitions.set(key, known)
  return known
}

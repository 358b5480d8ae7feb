import { basename } from 'node:path'
import { ConfigError, didYouMean } from '@convkit/api'
import { type Absent, ownWorkloads, parseWorkload, type Workload } from '@convkit/bench'
import { readText } from '../readText.js'
import { recipeWorkloads } from './recipes.js'

interface Selection {
  readonly quick?: true | undefined
  readonly only?: readonly string[] | undefined
  /** Files of the user's own: these alone, unless `only` names others too. */
  readonly workload?: readonly string[] | undefined
  /** The nets of these likewise. */
  readonly recipe?: readonly string[] | undefined
  readonly batchSize?: readonly number[] | undefined
}

/** The workloads that are asked for, and one entry for those that are left out. */
export async function select({ quick, only, workload = [], recipe = [], batchSize }: Selection): Promise<{
  readonly workloads: readonly Workload[]
  readonly absent: readonly Absent[]
}> {
  const extra = (
    await Promise.all([
      ...workload.map(async (file) => parseWorkload(basename(file), await readText(file))),
      ...recipe.map((name) => recipeWorkloads(name, batchSize)),
    ])
  ).flat()
  const known = await ownWorkloads()
  const all = [...known, ...extra]
  const twice = all.find(({ name }, i) => all.findIndex((other) => other.name === name) !== i)
  if (twice) throw new ConfigError(`there are two workloads ${twice.name}`)
  const names = [...new Set(all.flatMap((one) => namesOf(one)))]
  const unknown = only?.find((name) => !names.includes(name))
  if (unknown !== undefined)
    throw new ConfigError(
      `no workload ${unknown}${didYouMean(unknown, names)} (known: ${[...new Set(all.map(shortName))].join(', ')})`,
    )
  const wanted = (one: Workload) => {
    if (only?.includes(one.name)) return true
    if (only && !namesOf(one).some((name) => only.includes(name))) return false
    return extra.length > 0 && !only ? extra.includes(one) : !quick || one.quick
  }
  const left = all.filter((one) => !wanted(one))
  const reason = only
    ? 'not asked for, or left out of a quick run'
    : extra.length > 0
      ? 'only what was given'
      : 'left out of a quick run'
  return {
    workloads: all.filter(wanted).map((one) => (quick ? stepsOnly(one) : one)),
    absent: left.length > 0 ? [{ name: [...new Set(left.map(shortName))].join(', '), reason }] : [],
  }
}

/** Training without an epoch, and without the parts of a step. */
function stepsOnly(workload: Workload): Workload {
  if (workload.kind === 'layer') return workload
  return { ...workload, epoch: null, passes: ['step'] }
}

/** All that a workload answers to: its own name, its file's, and its table's. */
function namesOf(workload: Workload): string[] {
  return [workload.name, shortName(workload), workload.group]
}

function shortName(workload: Workload): string {
  if (workload.kind === 'layer' && workload.point) return workload.point.curve
  return workload.name.replace(/ (small|medium|large)$/, '')
}

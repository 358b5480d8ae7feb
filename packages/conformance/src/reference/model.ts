import { DataError } from '@convkit/api'
import type { Case } from '../core/case.js'
import { rounded } from '../core/inputs.js'
import type { Bounds } from '../core/spec.js'
import { curveSpread, lossCurve, trajectory } from '../training/curve.js'
import { firstStep } from '../training/step.js'
import { threeLayerConvNetSpec as net, parameters } from '../training/threeLayerConvNet.js'
import { adamSpec } from '../updates/adam.js'
import {
  againstFile,
  againstOracle,
  type Bench,
  type Comparison,
  speaksOf,
  subjectOf,
  unitOfFile,
} from './comparison.js'
import { expectedResults, input, labels, number, type ReferenceFile } from './file.js'

/**
 * Scores, loss and gradients, and the losses before each of ten Adam steps. In float32 the first again at each of the
 * ten states that float64 goes through.
 */
export async function compareModel(file: ReferenceFile, bench: Bench): Promise<Comparison[]> {
  if (file.layer !== net.layer) throw new DataError(`no model is called ${file.layer}`)
  const { adamLosses, ...expected } = expectedResults(file)
  const subject = subjectOf(net, bench)
  const first = firstStep(netCase(file), adamSpec, { learningRate: number(file, 'adamLearningRate') })
  const steps = adamLosses?.data.length ?? 0
  const own = rounded(first, bench.dtype)
  const byDefinition = bench.dtype === 'float32' || !speaksOf(bench.backend, ['relu', 'maxPool2d', adamSpec.layer])
  const straight = await trajectory(subject, own, adamSpec, steps)

  const held: Comparison[] = []
  if (!byDefinition) held.push(await againstFile(subject, own, file, expected))
  else for (const state of steps > 0 ? straight.cases : [own]) held.push(await againstOracle(subject, state))
  if (!adamLosses) return held

  const bounds: Bounds[] = byDefinition ? held.map((comparison) => comparison.bounds) : []
  if (!byDefinition) for (const state of straight.cases) bounds.push(await subject.bounds(state, unitOfFile(file)))
  const losses = await lossCurve(bench.backend, bench.dtype, own, adamSpec, steps)
  const curve: Comparison = {
    case: own,
    got: { losses },
    expected: { losses: byDefinition ? straight.losses : adamLosses },
    bounds: { losses: await curveSpread(subject, straight, adamSpec, bounds) },
  }
  return [...held, curve]
}

function netCase(file: ReferenceFile): Case {
  const [numFilters, filterSize, hiddenDim, classes, reg] = [
    'numFilters',
    'filterSize',
    'hiddenDim',
    'numClasses',
    'reg',
  ].map((name) => number(file, name))
  const floats = ['X', ...parameters].map((name) => [name, input(file, `in.${name}`)] as const)
  const inputs = { ...Object.fromEntries(floats), labels: labels(file) }
  return { layer: file.layer, attrs: { numFilters, filterSize, hiddenDim, classes, reg }, inputs }
}

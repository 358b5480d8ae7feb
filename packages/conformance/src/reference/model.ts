import { DataError } from '@convkit/api'
import type { Case } from '../core/case.js'
import { rounded } from '../core/inputs.js'
import { curveSpread, lossCurve, trajectory } from '../training/curve.js'
import { firstStep } from '../training/step.js'
import { threeLayerConvNetSpec as net, parameters } from '../training/threeLayerConvNet.js'
import { adamSpec } from '../updates/adam.js'
import { againstFile, againstOracle, type Bench, type Comparison, subjectOf, unitOfFile } from './comparison.js'
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
  const curve = async () => ({ losses: await lossCurve(bench.backend, bench.dtype, own, adamSpec, steps) })

  if (bench.dtype === 'float64') {
    const { spread } = await curveSpread(subject, own, adamSpec, steps, unitOfFile(file))
    const passes = await againstFile(subject, own, file, expected)
    if (!adamLosses) return [passes]
    return [passes, { case: own, got: await curve(), expected: { losses: adamLosses }, bounds: { losses: spread } }]
  }
  const comparisons: Comparison[] = []
  for (const state of (await trajectory(subject, own, adamSpec, Math.max(steps, 1))).cases)
    comparisons.push(await againstOracle(subject, state))
  const { losses, spread } = await curveSpread(subject, own, adamSpec, steps)
  return [...comparisons, { case: own, got: await curve(), expected: { losses }, bounds: { losses: spread } }]
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

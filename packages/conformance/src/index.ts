export { backendIn, createAnswerer, troubleOf } from './apart/answerer.js'
export type { Answer, Host, Reply, Request } from './apart/host.js'
export { type ApartOptions, type Quarters, runApart } from './apart/run.js'
export { type CallValues, caseOfCall } from './bench/callCase.js'
export {
  type Calls,
  type KernelCall,
  type NamedArguments,
  namedArguments,
  prepare,
  recording,
  syncOf,
} from './bench/calls.js'
export { holdCall } from './bench/holdCall.js'
export { measureCase } from './bench/measure.js'
export { createReferee, createSharpReferee, type Part, type Referee, whole } from './bench/referee.js'
export { type Effort, type Entry, type Samples, sampleInTurns, slow } from './bench/sampling.js'
export * from './checks.js'
export * from './conformance.js'
export type { Case, NdArray, Results } from './core/case.js'
export type { Check, CheckContext, CheckOutcome, Failure } from './core/check.js'
export { runCase } from './core/subject.js'
export { Violation } from './core/violation.js'
export type { Coverage } from './coverage.js'
export { gradientSlopes, type SlopeOptions } from './gradients.js'
export { agrees, type Slope } from './laws/numeric.js'
export { batchNormSpec } from './layers/batchNorm.js'
export { allMutants, mutantNamed } from './mutants/bank.js'
export * from './mutants/matrix.js'
export type { Mutant } from './mutants/mutant.js'
export { type Kill, type MutantResult, runMutant } from './mutants/run.js'
export type { MutationScore } from './mutants/score.js'
export { referenceChecks } from './reference/checks.js'
export type { NamedBytes } from './reference/file.js'
export * from './report/index.js'
export type { CheckInfo, Selection } from './select.js'
export { convBnNetOn } from './training/convBnNet.js'
export { curveOf } from './training/curve.js'
export { trainingRun } from './training/run.js'
export { firstStep, stepSpec } from './training/step.js'
export { threeLayerConvNetOn } from './training/threeLayerConvNet.js'
export { runTrial, type Trial } from './trial.js'
export { adamSpec } from './updates/adam.js'

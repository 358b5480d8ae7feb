import { ConfigError, type Cost, type FloatDType, Scope, type Shape, sizeOf } from '@convkit/api'
import { type Case, type NdArray, prepare, specs } from '@convkit/conformance'
import { Random } from '@convkit/data'
import { costOfCalls } from '../cost.js'
import { createShapeOnly } from '../shapeOnly.js'
import type { LayerWorkload, Pass } from './workload.js'

type Call = Pick<LayerWorkload, 'layer' | 'attributes' | 'inputs'>

/** What the conformance suite knows of a layer. */
export function specOf(layer: string): (typeof specs)[number] {
  const spec = specs.find((spec) => spec.layer === layer)
  if (!spec) throw new ConfigError(`there is no layer ${layer} (known: ${specs.map(({ layer }) => layer).join(', ')})`)
  return spec
}

/** The shape of y, which is that of dy; null where a layer has no y. */
export function shapeOfOutput(call: Call): Shape | null {
  using scope = new Scope(createShapeOnly())
  const spec = specOf(call.layer)
  const { inputs, ...c } = caseOf({ ...call, dy: null }, zeros)
  const tensors = Object.fromEntries(
    Object.entries(inputs).map(([name, { shape, data }]) => [
      name,
      data instanceof Int32Array ? scope.labels(data, Number(c.attrs.classes)) : scope.from(data, shape),
    ]),
  )
  return spec.call(scope, tensors, { ...c, inputs }, null, {}).y?.shape ?? null
}

/** What one pass costs at least. */
export function costOfLayer(workload: LayerWorkload, pass: Pass, dtype: FloatDType): Cost {
  using calls = prepare(specOf(workload.layer), createShapeOnly(), dtype, caseOf(workload, zeros))
  return costOfCalls(pass === 'backward' ? calls.backward : calls.forward)
}

/** Bytes of all operands of all passes. */
export function bytesOf(workload: LayerWorkload): number {
  return workload.passes.reduce((sum, pass) => sum + costOfLayer(workload, pass, 'float32').bytes, 0)
}

/** Standard normal values, rounded to float32, so that both dtypes start from the same numbers. */
export function createCase(workload: LayerWorkload): Case {
  return caseOf(workload, valuesOf(Number(workload.attributes.classes)))
}

/** Draws operands by their names. */
export function valuesOf(classes: number): (shape: Shape, name: string) => NdArray {
  const random = new Random(0)
  return (shape, name) => {
    const { data } = normal(random, shape)
    if (name === 'labels') return { shape, data: asLabels(data, classes) }
    return { shape, data: squares.includes(name) ? data.map(Math.abs) : data }
  }
}

function asLabels(data: Float64Array, classes: number): Int32Array {
  return Int32Array.from(data, (value, i) => (Math.floor(Math.abs(value) * 1000) + i) % classes)
}

/** Inputs that are squares, or averages of such, and never negative. */
const squares: readonly string[] = ['v', 'runningVar', 'variance']

/** Far enough that nothing stays in its row. */
const stride = 7919

/** The same values in other places, another order for each turn; labels stay. */
export function turned(c: Case, turn: number): Case {
  const turnedArray = ({ shape, data }: NdArray): NdArray => {
    const by = (turn * stride) % data.length
    if (by === 0 || data instanceof Int32Array) return { shape, data }
    const result = new Float64Array(data.length)
    result.set(data.subarray(by))
    result.set(data.subarray(0, by), data.length - by)
    return { shape, data: result }
  }
  return {
    ...c,
    inputs: Object.fromEntries(Object.entries(c.inputs).map(([name, array]) => [name, turnedArray(array)])),
    ...(c.dy && { dy: turnedArray(c.dy) }),
  }
}

type Fill = (shape: Shape, name: string) => NdArray

const zeros: Fill = (shape, name) => {
  const size = sizeOf(shape)
  return { shape, data: name === 'labels' ? new Int32Array(size) : new Float64Array(size) }
}

function caseOf({ layer, attributes, inputs, dy }: Call & Pick<LayerWorkload, 'dy'>, fill: Fill): Case {
  return {
    layer,
    attrs: attributes,
    inputs: Object.fromEntries(Object.entries(inputs).map(([name, shape]) => [name, fill(shape, name)])),
    ...(dy && { dy: fill(dy, 'dy') }),
  }
}

/** Normal values with this standard deviation. */
export function normal(random: Random, shape: Shape, deviation = 1): { shape: Shape; data: Float64Array } {
  return { shape, data: random.normal(sizeOf(shape), deviation).map(Math.fround) }
}

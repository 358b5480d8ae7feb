import { type Data, type Shape, sizeOf, UnsupportedError } from '@convkit/api'
import type { Attributes, Dimension, Graph, Value } from '@convkit/onnx'
import type { HostTensor } from '../safetensors/file.js'

/** The storage of the backend that traces: numbers that were written, or the value that a kernel has given it. */
export class Traced {
  readonly length: number
  /** Of a parameter: what its constant is called. */
  name: string | undefined
  data: Data | null = null
  value: Value | null = null
  /** Of a matrix that products take transposed: its constant. */
  transposed: Value | null = null

  constructor(length: number) {
    this.length = length
  }
}

/** A graph that grows by a few nodes for each kernel's call. Activations have the batch as their first axis: of one image. */
export class Trace {
  readonly graph: Graph
  readonly batch: Dimension

  constructor(graph: Graph, batch: Dimension) {
    this.graph = graph
    this.batch = batch
  }

  /** An activation in the shape in which it was made. */
  activation({ value }: Traced): Value {
    if (!value) throw new UnsupportedError('a layer gets a tensor that no layer has made')
    return value
  }

  /** An activation with this shape behind the batch axis. */
  images(x: Traced, shape: Shape): Value {
    if (sizeOf(shape) !== x.length) throw new UnsupportedError('a layer gets the batch axis among the others')
    return this.reshape(this.activation(x), [this.batch, ...shape])
  }

  /** An activation (batch, channels, ...). */
  channels(x: Traced, channels: number): Value {
    const value = this.activation(x)
    return value.shape[1] === channels ? value : this.images(x, [channels, x.length / channels])
  }

  /** A constant: what was written last. */
  parameter(w: Traced, shape: Shape): Value {
    if (w.value) return this.reshape(w.value, shape)
    if (!w.data) throw new UnsupportedError('a layer gets a parameter that was never written')
    w.value = this.graph.constant(Float32Array.from(w.data), shape, w.transposed ? undefined : w.name)
    return w.value
  }

  /** The transpose, (columns, rows), of a parameter: a constant under its name. */
  transposed(w: Traced, [rows, columns]: readonly [number, number]): Value {
    if (w.transposed) return w.transposed
    const { data } = w
    if (w.value || !data)
      return this.node('Transpose', [this.parameter(w, [rows, columns])], { perm: [1, 0] }, [columns, rows])
    const values = Float32Array.from(
      { length: rows * columns },
      (_, i) => data[(i % rows) * columns + Math.floor(i / rows)],
    )
    w.transposed = this.graph.constant(values, [columns, rows], w.name)
    return w.transposed
  }

  /** x - constant, the same for every image. */
  less(x: Value, { data, shape }: HostTensor): Value {
    const constant = this.graph.constant(Float32Array.from(data), shape, 'meanImage')
    return this.node('Sub', [x, constant], {}, x.shape)
  }

  node(op: string, inputs: readonly (Value | null)[], attributes: Attributes, shape: readonly Dimension[]): Value {
    return this.graph.node(op, inputs, attributes, [{ dtype: 'float32', shape }])[0]
  }

  /** The same elements, of the same batch, in another shape. */
  reshape(value: Value, shape: readonly Dimension[]): Value {
    if (value.shape.join() === shape.join()) return value
    // A named length cannot stand here: 0 means the operand's own.
    const lengths = shape.map((length) => BigInt(typeof length === 'number' ? length : 0))
    const target = this.graph.constant(BigInt64Array.from(lengths), [lengths.length])
    return this.node('Reshape', [value, target], { allowzero: 0 }, shape)
  }
}

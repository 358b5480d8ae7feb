import { encodeModel } from './encode.js'
import { Graph } from './graph.js'
import { Names } from './names.js'

export interface GraphOptions {
  /** The version of the operator set of the domain `ai.onnx`: it decides which operators and attributes there are. */
  readonly opset: number
  readonly name?: string
}

/** A graph that can be written as a model. */
export class Model extends Graph {
  readonly opset: number

  constructor({ opset, name = 'graph', ...others }: GraphOptions) {
    const [unknown] = Object.keys(others)
    if (unknown !== undefined) throw new Error(`onnx: createGraph has no option ${unknown} (known: opset, name)`)
    super(name, new Names())
    this.opset = opset
  }

  /** The bytes of an ONNX file. */
  encode(): Uint8Array<ArrayBuffer> {
    return encodeModel(this, this.opset)
  }
}

/** An empty model. */
export function createGraph(options: GraphOptions): Model {
  return new Model(options)
}

import { fromBinary } from '@bufbuild/protobuf'
import { type GraphProto, ModelProtoSchema, TensorProto_DataType } from 'onnx-buf'
import type { InferenceSession } from 'onnxruntime-common'
import * as onnxruntime from 'onnxruntime-node'
import type { Runtime } from '../../src/providers/ort.js'

const { FLOAT, INT32, INT64, BOOL } = TensorProto_DataType
const numbers = [FLOAT, INT32, INT64]
const floats = [FLOAT]
const every = [FLOAT, INT32, INT64, BOOL]

/**
 * The kernels of ONNX Runtime's CUDA provider at operator set 18, by the types of their first operand, or that which
 * `typedBy` names: from its docs/OperatorKernels.md, of what this package writes.
 */
const kernels: { readonly [op: string]: readonly TensorProto_DataType[] } = {
  Add: numbers,
  And: [BOOL],
  ArgMax: floats,
  AveragePool: floats,
  Cast: every,
  Concat: every,
  Conv: floats,
  ConvTranspose: floats,
  Div: numbers,
  Equal: every,
  Exp: floats,
  Expand: every,
  Gather: every,
  Gemm: floats,
  Greater: numbers,
  Identity: every,
  IsNaN: floats,
  LessOrEqual: numbers,
  Log: floats,
  Loop: [INT64],
  MatMul: floats,
  Max: numbers,
  MaxPool: floats,
  Mul: numbers,
  Neg: numbers,
  Not: [BOOL],
  Or: [BOOL],
  Pad: [FLOAT, BOOL],
  ReduceMax: numbers,
  ReduceMean: [FLOAT, INT32],
  ReduceSum: numbers,
  ReduceSumSquare: floats,
  Relu: floats,
  Reshape: every,
  ScatterElements: every,
  Slice: every,
  Sqrt: floats,
  Sub: numbers,
  Tile: numbers,
  Transpose: every,
  Where: numbers,
}
const typedBy: { readonly [op: string]: number } = { Where: 1 }

export interface CudaDouble {
  readonly runtime: Runtime
  /** With what each session would have been made. */
  readonly sessions: { readonly options: InferenceSession.SessionOptions; readonly operators: ReadonlySet<string> }[]
}

/**
 * onnxruntime as the CUDA provider sees it: it refuses a node that has no kernel there, as strict sessions do, and then
 * computes on the processor. What it was given is kept.
 */
export function createCudaDouble(): CudaDouble {
  const sessions: CudaDouble['sessions'] = []
  const create = async (model: Uint8Array, options: InferenceSession.SessionOptions) => {
    const { graph } = fromBinary(ModelProtoSchema, model)
    const operators = new Set<string>()
    if (graph) checkKernels(graph, operators, new Map())
    sessions.push({ options, operators })
    const own = {
      executionProviders: ['cpu'],
      logSeverityLevel: 3,
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
    } as const
    return onnxruntime.InferenceSession.create(model, own)
  }
  return {
    sessions,
    // Of the ways to make a session, the one that providers use.
    runtime: { Tensor: onnxruntime.Tensor, InferenceSession: { create } as unknown as Runtime['InferenceSession'] },
  }
}

function checkKernels(
  graph: GraphProto,
  operators: Set<string>,
  outer: ReadonlyMap<string, TensorProto_DataType>,
): void {
  const types = new Map(outer)
  for (const { name, dataType } of graph.initializer) types.set(name, dataType)
  for (const { name, type } of [...graph.input, ...graph.valueInfo, ...graph.output])
    if (type?.value.case === 'tensorType') types.set(name, type.value.value.elemType)
  for (const { opType, input, attribute } of graph.node) {
    operators.add(opType)
    const type = types.get(input[typedBy[opType] ?? 0] ?? '') ?? TensorProto_DataType.UNDEFINED
    if (!kernels[opType]?.includes(type))
      throw new Error(`the CUDA provider has no kernel ${opType} of ${TensorProto_DataType[type]}`)
    for (const { g } of attribute) if (g) checkKernels(g, operators, types)
  }
}

import {
  type Backend,
  ConfigError,
  checkOptions,
  dtypeOf,
  type FloatTensor,
  formatShape,
  type OptionNames,
  type Shape,
  ShapeError,
  sizeOf,
  UnsupportedError,
} from '@convkit/api'
import { createGraph } from '@convkit/onnx'
import type { Model } from '../model.js'
import type { HostTensor } from '../safetensors/file.js'
import { modelTensors, readTensors, writeTensors } from '../solver/tensors.js'
import { Trace, Traced } from './trace.js'
import { createTracer } from './tracer.js'

export interface OnnxOptions {
  /** Images in a batch: a number, or a name for a length that each run chooses. Default `batch`. */
  readonly batch?: number | string
  /** The same architecture on another backend; default the model's own `rebuild`. */
  readonly rebuild?: (backend: Backend) => Model
  /** Shape inputShape, subtracted inside the graph, so that `images` are pixels of 0..255. Default: nothing is. */
  readonly meanImage?: HostTensor | undefined
}

const optionNames: OptionNames<OnnxOptions> = { batch: true, rebuild: true, meanImage: true }

// The graph keeps to forms that OpenCV 4.6 reads too: scripts/opencv.mjs holds them to it.
const opset = 17

/**
 * The bytes of an ONNX model of the model's inference: `images` (batch, ...inputShape) -> `scores` (batch, numClasses),
 * float32 whatever the model's dtype, since ONNX Runtime convolves in no other on a processor. It is what `scores` calls,
 * traced on a backend that draws the graph, so parameters are constants of their own names and dropout is gone.
 *
 * ONNX Runtime's scores are this library's to 1e-5 of the largest one. Normalisation is what limits it: its kernels do not
 * centre before they scale, so where a mean is a thousand deviations or more, up to 1e-4 is lost.
 *
 * Throws `UnsupportedError` for a model that computes what has no ONNX form here, `ShapeError` for a mean image that is not
 * of the model's images, `ConfigError` for a batch that is none.
 */
export async function exportOnnx(model: Model, options: OnnxOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
  const given = checkOptions('exportOnnx', options, optionNames)
  const { batch = 'batch', rebuild = model.rebuild?.bind(model), meanImage } = given
  if (!(typeof batch === 'string' ? /^[A-Za-z_]\w*$/.test(batch) : Number.isSafeInteger(batch) && batch > 0))
    throw new ConfigError(`exportOnnx: batch must be an integer of at least 1 or a name, got ${JSON.stringify(batch)}`)
  if (!rebuild)
    throw new UnsupportedError(`exportOnnx: ${model.name} has no rebuild(backend), and none was given in the options`)
  if (typeof rebuild !== 'function')
    throw new ConfigError(`exportOnnx: rebuild must be a function that makes the model, got ${String(rebuild)}`)
  if (meanImage) checkMeanImage(meanImage, model.inputShape)
  const values = await readTensors(modelTensors(model))
  const graph = createGraph({ opset, name: model.name })
  const trace = new Trace(graph, batch)
  try {
    using traced = rebuild(createTracer(trace))
    const tensors = modelTensors(traced)
    writeTensors('exportOnnx', tensors, values)
    for (const [name, tensor] of tensors) storageOf(tensor).name = name
    using scope = traced.scope.child()
    const images = scope.alloc([1, ...traced.inputShape], traced.dtype)
    const pixels = graph.input('images', 'float32', [batch, ...traced.inputShape])
    storageOf(images).value = meanImage ? trace.less(pixels, meanImage) : pixels
    const scores = traced.scores(scope, images)
    graph.output(trace.images(storageOf(scores), scores.shape.slice(1)), 'scores')
  } catch (cause) {
    if (!(cause instanceof UnsupportedError)) throw cause
    const [reason] = cause.message.split('; wrap it')
    throw new UnsupportedError(`exportOnnx: ${model.name} has no ONNX form: ${reason}`, { cause })
  }
  return graph.encode()
}

/** Throws `ConfigError`, `DTypeError` or `ShapeError` for what is not an image of that shape. */
function checkMeanImage(meanImage: HostTensor, wanted: Shape): void {
  const { shape, data } = meanImage
  if (!Array.isArray(shape) || !ArrayBuffer.isView(data))
    throw new ConfigError('exportOnnx: meanImage must be a tensor on the host, { dtype, shape, data }')
  if (formatShape(shape) !== formatShape(wanted))
    throw new ShapeError(
      `exportOnnx: the mean image is ${formatShape(shape)}, the model's images are ${formatShape(wanted)}`,
    )
  dtypeOf(data)
  if (data.length !== sizeOf(shape))
    throw new ShapeError(`exportOnnx: the mean image ${formatShape(shape)} holds ${data.length} numbers`)
}

function storageOf(tensor: FloatTensor): Traced {
  const { storage } = tensor
  if (!(storage instanceof Traced)) throw new UnsupportedError('it allocates tensors on a backend of its own')
  return storage
}

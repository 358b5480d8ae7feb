import { type Arithmetic, ConfigError, type Data } from '@convkit/api'
import { createOrtSession, type Runtime } from '../ort.js'
import {
  type Forms,
  type OpenProvider,
  onHost,
  type Provider,
  type Resident,
  type Session,
  type SessionSpec,
} from '../provider.js'
import { loadWebRuntime } from '../web.js'
import { lower } from './lower.js'

const forms: Forms = {
  // The last one whose sums take their axes as an attribute, as its kernels want them.
  opset: 12,
  nonFinite: false,
  nanKept: false,
  stridedSlice: false,
  asymmetricPads: true,
  convWeights: 'conv',
}

/** What the OpenGL ES Shading Language promises (3.20, section 4.7.1): exp is off by at most 3 + 2 |x| ulps. */
export const webglArithmetic: Arithmetic = {
  unitRoundoff: 2 ** -24,
  subnormals: 'flushed',
  nonFinite: 'unspecified',
  deterministic: true,
  functionUlps: { exp: 181, log: 3, sqrt: 5, divide: 2.5 },
}

/** The provider on any onnxruntime, so that a test can look at the models that its WebGL kernels would be given. */
export function createWebgl(runtime: Runtime, description: string): Provider {
  const options = { executionProviders: ['webgl'] }
  return {
    name: 'webgl',
    description,
    arithmetic: webglArithmetic,
    forms,
    resident: false,
    lower: (graph) => lower(graph, forms),
    createSession: async (spec) => onFloats(await createOrtSession(runtime, floats(spec), options), spec),
  }
}

/** WebGL 2 in a browser, which onnxruntime is leaving: no new operators, and what is wrong stays so. */
export const openWebgl: OpenProvider = async () => {
  const context = createCanvas().getContext('webgl2') as WebGL2RenderingContext | null
  if (!context?.getExtension('EXT_color_buffer_float'))
    throw new ConfigError(
      `gpu: provider webgl: this browser has no WebGL 2${context ? ' that computes in float32' : ''} (check: chrome://gpu)\nwithout it: backend wasm`,
    )
  const renderer = rendererOf(context)
  const runtime = await loadWebRuntime(() => import('onnxruntime-web/webgl'))
  const { env } = runtime
  // It warns of every array that it enlarges.
  env.logLevel = 'error'
  return createWebgl(
    runtime,
    `onnxruntime-web ${env.versions.web}, WebGL 2 (which onnxruntime is leaving), ${renderer}`,
  )
}

function createCanvas(): HTMLCanvasElement | OffscreenCanvas {
  return typeof document === 'undefined' ? new OffscreenCanvas(1, 1) : document.createElement('canvas')
}

function rendererOf(context: WebGL2RenderingContext): string {
  const names = context.getExtension('WEBGL_debug_renderer_info')
  const name = String(context.getParameter(names ? names.UNMASKED_RENDERER_WEBGL : context.RENDERER))
  context.getExtension('WEBGL_lose_context')?.loseContext()
  return /swiftshader|llvmpipe|basic render/i.test(name) ? `${name}, a software adapter` : name
}

/** Labels are floats on a device without integers, which hold whole numbers up to 2^24 exactly. */
function floats({ inputs, ...spec }: SessionSpec): SessionSpec {
  return { ...spec, inputs: inputs.map((input) => ({ ...input, dtype: 'float32' })) }
}

function onFloats(session: Session, { inputs }: SessionSpec): Session {
  return {
    ...session,
    run(values: readonly (Data | Resident)[]) {
      return session.run(
        values.map((value, at) => (inputs[at].dtype === 'int32' ? Float32Array.from(onHost(value)) : value)),
      )
    },
  }
}

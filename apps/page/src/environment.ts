/** What a report records of the device: nothing that the browser does not tell every page. */
export async function environment(): Promise<{ readonly [name: string]: string }> {
  const { userAgent, hardwareConcurrency, language } = navigator
  const memory: unknown = Reflect.get(navigator, 'deviceMemory')
  return {
    browser: userAgent,
    processors: String(hardwareConcurrency),
    ...(typeof memory === 'number' ? { memory: `${memory} GB or more` } : {}),
    isolated: globalThis.crossOriginIsolated ? 'yes' : 'no',
    language,
    webgpu: await webgpuAdapter(),
    webgl: webglRenderer(),
    page: location.host,
  }
}

/** The part of WebGPU that names the adapter; the library of types has none of it. */
interface Gpu {
  requestAdapter(): Promise<{ readonly info?: { readonly [name: string]: unknown } } | null>
}

async function webgpuAdapter(): Promise<string> {
  const gpu = Reflect.get(navigator, 'gpu') as Gpu | undefined
  if (!gpu) return 'none: this browser has no WebGPU'
  try {
    const adapter = await gpu.requestAdapter()
    if (!adapter) return 'none: no adapter was found'
    const { vendor, architecture, device, description } = adapter.info ?? {}
    const words = [vendor, architecture, device, description].filter((word) => typeof word === 'string' && word !== '')
    return words.join(' ') || 'an adapter that does not say what it is'
  } catch (error) {
    return `none: ${error instanceof Error ? error.message : error}`
  }
}

function webglRenderer(): string {
  const context = new OffscreenCanvas(1, 1).getContext('webgl2')
  if (!context) return 'none: this browser has no WebGL 2'
  const more = context.getExtension('WEBGL_debug_renderer_info')
  const renderer = context.getParameter(more ? more.UNMASKED_RENDERER_WEBGL : context.RENDERER)
  context.getExtension('WEBGL_lose_context')?.loseContext()
  return String(renderer)
}

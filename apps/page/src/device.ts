/** The part of WebGPU that names the adapter; the library of types has none of it. */
interface Gpu {
  requestAdapter(): Promise<{ readonly info?: { readonly [name: string]: unknown } } | null>
}

/** A device's name, or why there is none. */
export type Found = { readonly name: string } | { readonly reason: string }

export async function findWebgpu(): Promise<Found> {
  const gpu = Reflect.get(navigator, 'gpu') as Gpu | undefined
  if (!gpu) return { reason: 'this browser has no WebGPU' }
  try {
    const adapter = await gpu.requestAdapter()
    if (!adapter) return { reason: 'the browser found no adapter for WebGPU' }
    const { vendor, architecture, device, description } = adapter.info ?? {}
    const words = [vendor, architecture, device, description].filter((word) => typeof word === 'string' && word !== '')
    return { name: words.join(' ') || 'an adapter that does not say what it is' }
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) }
  }
}

export function findWebgl(): Found {
  const context = new OffscreenCanvas(1, 1).getContext('webgl2')
  if (!context) return { reason: 'this browser has no WebGL 2' }
  if (!context.getExtension('EXT_color_buffer_float')) return { reason: 'its WebGL 2 does not compute in float32' }
  const more = context.getExtension('WEBGL_debug_renderer_info')
  const name = String(context.getParameter(more ? more.UNMASKED_RENDERER_WEBGL : context.RENDERER))
  // A page may have few contexts at a time.
  context.getExtension('WEBGL_lose_context')?.loseContext()
  return { name }
}

export function reasonOf(found: Found): string | null {
  return 'reason' in found ? found.reason : null
}

/** What a report records of the device: nothing that the browser does not tell every page. */
export async function environment(): Promise<{ readonly [name: string]: string }> {
  const { userAgent, hardwareConcurrency } = navigator
  const memory: unknown = Reflect.get(navigator, 'deviceMemory')
  const spell = (found: Found) => ('name' in found ? found.name : `none: ${found.reason}`)
  return {
    browser: userAgent,
    processors: String(hardwareConcurrency),
    ...(typeof memory === 'number' ? { memory: `${memory} GB or more` } : {}),
    isolated: globalThis.crossOriginIsolated ? 'yes' : 'no',
    webgpu: spell(await findWebgpu()),
    webgl: spell(findWebgl()),
  }
}

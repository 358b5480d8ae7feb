import { describe, expect, it } from 'vitest'
import { serveThePage, visit } from './support/page.js'

serveThePage()

describe('a browser without an adapter', () => {
  // In the page, before its own scripts.
  const none = () => Object.defineProperty(navigator, 'gpu', { value: { requestAdapter: async () => null } })

  it('says so, and what would help', async () => {
    const said = await visit<string>('describe', { provider: 'webgpu' }, none)
    expect(said).toMatch(/^ConfigError: gpu: provider webgpu: no adapter was found\nit needs .*\nwithout one: /)
  })

  it('takes WebGL where it may choose, and says why', async () => {
    const said = await visit<string>('describe', { provider: 'auto' }, none)
    expect(said).toMatch(/^onnxruntime-web .*, WebGL 2 .* \(provider webgpu: no adapter was found\)$/)
  })

  it('has no provider of Node', async () => {
    const said = await visit<string>('describe', { provider: 'cuda' }, none)
    expect(said).toContain('gpu: unknown provider cuda (known: auto, webgpu, webgl)')
  })
})

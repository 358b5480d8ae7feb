import { describe } from 'vitest'
import { serveThePage } from './support/page.js'
import { holdProvider } from './support/provider.js'

serveThePage()

describe('webgpu in Chromium', () => {
  holdProvider('webgpu', {
    runs: 4,
    resident: true,
    runsOn: /^onnxruntime-web .*, WebGPU in a browser, .*, a software adapter$/,
  })
})

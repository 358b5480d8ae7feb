import { describe } from 'vitest'
import { serveThePage } from './support/page.js'
import { holdProvider } from './support/provider.js'

serveThePage()

describe('webgl in Chromium', () => {
  holdProvider('webgl', { runs: 1, resident: false, runsOn: /^onnxruntime-web .*, WebGL 2 .*, a software adapter$/ })
})

import { describe } from 'vitest'
import { serveThePage } from './support/page.js'
import { holdProvider } from './support/provider.js'

serveThePage()

describe('webgl in Chromium', () => {
  holdProvider('webgl', {
    runs: 1,
    // They take minutes to compile here, and have no kernel anywhere: their layers are held, and whole nets of them.
    without: ['convReluPool', 'convBnRelu', 'convBnReluPool'],
    resident: false,
    runsOn: /^onnxruntime-web .*, WebGL 2 .*, a software adapter$/,
  })
})

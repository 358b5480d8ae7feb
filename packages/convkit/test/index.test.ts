import { expect, it } from 'vitest'
import * as convkit from '../src/index.js'

// Two packages that export one name would cancel each other out of `export *` in silence.
it('passes on every name of the packages that it stands for', async () => {
  const packages = await Promise.all([
    import('@convkit/api'),
    import('@convkit/data'),
    import('@convkit/datasets'),
    import('@convkit/nn'),
    import('@convkit/nn/node'),
    import('@convkit/nn/onnx'),
  ])
  for (const exports of packages)
    for (const [name, value] of Object.entries(exports)) expect(convkit, name).toHaveProperty(name, value)
  expect(convkit).toMatchObject({
    createBackend: expect.any(Function),
    createNaive: expect.any(Function),
    defineConfig: expect.any(Function),
  })
})

import { expect, test } from 'vitest'
import { kernelTable } from './kernelTable.js'

test('docs/kernels.md shows the kernels of today', async () => {
  await expect(kernelTable()).toMatchFileSnapshot('../../../docs/kernels.md')
})

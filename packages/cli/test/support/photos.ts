import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Random } from '@convkit/data'
import { encodeImage } from '@convkit/datasets'
import { folder } from '../../../convkit/test/support/folder.js'

/** A folder of small noisy pictures, `each` of three classes that differ in colour. */
export async function photos(each: number, size: number): Promise<string> {
  const random = new Random(5)
  const root = await folder()
  for (const [channel, name] of ['red', 'green', 'blue'].entries()) {
    await mkdir(join(root, name))
    for (let i = 0; i < each; i++) {
      const data = Float32Array.from(
        { length: 3 * size * size },
        (_, pixel) => random.integer(160) + (Math.floor(pixel / size ** 2) === channel ? 90 : 0),
      )
      await writeFile(join(root, name, `${i}.png`), await encodeImage({ data, shape: [3, size, size] }, 'png'))
    }
  }
  return root
}

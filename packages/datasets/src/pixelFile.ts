import { randomBytes } from 'node:crypto'
import { closeSync, openSync, readSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DataError } from '@convkit/api'
import type { ImageRows } from '@convkit/data'
import { reasonOf } from '@convkit/files'
import { gigabytes } from './memory.js'

/** Images of one size, a byte a value, in a temporary file that has no name: it is gone when the process ends, however. */
export class PixelFile implements ImageRows, Disposable {
  readonly #file: number
  readonly #row: Uint8Array

  /**
   * `size` values an image; there has to be room for `count`.
   *
   * Errors: `DataError` where there is none, or the folder for temporary files cannot be written.
   */
  constructor(count: number, size: number) {
    const folder = tmpdir()
    const refuse = (reason: string, cause: unknown) =>
      new DataError(
        `${count} images take ${gigabytes(4 * count * size)} of memory, or a temporary file of ${gigabytes(count * size)}: ${folder}: ${reason}; set TMPDIR to a folder with room, or take fewer (--train, --validation) or smaller images (--image-size)`,
        { cause },
      )
    try {
      const { bavail, bsize } = statfsSync(folder)
      const free = bavail * bsize
      if (free < count * size) throw new DataError(`${gigabytes(free)} are free`)
      this.#row = new Uint8Array(size)
      const path = join(folder, `convkit-pixels-${process.pid}-${randomBytes(8).toString('hex')}`)
      this.#file = openSync(path, 'wx+', 0o600)
      rmSync(path)
    } catch (cause) {
      throw refuse(reasonOf(cause), cause)
    }
  }

  writeRow(index: number, row: Uint8Array): void {
    try {
      for (let done = 0; done < row.length; )
        done += writeSync(this.#file, row, done, row.length - done, index * row.length + done)
    } catch (cause) {
      throw new DataError(`cannot keep images in ${tmpdir()}: ${reasonOf(cause)}`, { cause })
    }
  }

  readRow(index: number, into: Float32Array): void {
    const row = this.#row
    for (let done = 0; done < row.length; ) {
      const read = readSync(this.#file, row, done, row.length - done, index * row.length + done)
      if (read === 0) throw new DataError(`images: there is no row ${index}`)
      done += read
    }
    into.set(row)
  }

  [Symbol.dispose](): void {
    closeSync(this.#file)
  }
}

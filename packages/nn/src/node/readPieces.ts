import { type FileHandle, open, stat } from 'node:fs/promises'
import { ConvkitError, DataError } from '@convkit/api'
import { reasonOf } from '@convkit/files'
import { type Header, headerEnd, readHeader } from '../safetensors/header.js'
import type { Pieces } from '../safetensors/pieces.js'

/**
 * Reads a safetensors file tensor by tensor, so that it may be larger than one array. Its header is held to the size of
 * the file before anything is allocated for what it announces.
 *
 * Errors: `DataError` that names the file, when it cannot be read or is not safetensors.
 */
export async function readPieces(path: string): Promise<Pieces> {
  try {
    // Opening a pipe would wait for whoever writes it.
    const kind = await stat(path)
    if (kind.isDirectory()) throw new Error('it is a folder')
    if (!kind.isFile()) throw new Error('it is no plain file')
    const handle = await open(path)
    try {
      return await readAll(handle)
    } finally {
      await handle.close()
    }
  } catch (cause) {
    if (cause instanceof ConvkitError) throw new DataError(`${path}: ${cause.message}`, { cause })
    throw new DataError(`cannot read ${path}: ${reasonOf(cause)}`, { cause })
  }
}

async function readAll(handle: FileHandle): Promise<Pieces> {
  const { size } = await handle.stat()
  const start = headerEnd(await readAt(handle, 0, Math.min(size, 8)), size)
  const head = await readAt(handle, 0, start)
  const header = readHeader(head, size - start)
  return { head, header, bodies: await readBodies(handle, header, { start, size }) }
}

/** Small tensors are read many at a time. */
async function readBodies(handle: FileHandle, { entries }: Header, { start, size }: { start: number; size: number }) {
  const bodies: ArrayBuffer[] = []
  let [read, from] = [new Uint8Array(), 0]
  for (const { begin, end } of entries) {
    if (end - begin >= many) {
      bodies.push((await readAt(handle, start + begin, end - begin)).buffer)
      continue
    }
    if (end > from + read.length) {
      read = await readAt(handle, start + begin, Math.min(many, size - start - begin))
      from = begin
    }
    bodies.push(new Uint8Array(read.subarray(begin - from, end - from)).buffer)
  }
  return bodies
}

const many = 2 ** 22

async function readAt(handle: FileHandle, position: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length)
  for (let done = 0; done < length; ) {
    // The system reads less than 2 GiB at a time.
    const { bytesRead } = await handle.read(bytes, done, Math.min(length - done, 2 ** 30), position + done)
    if (bytesRead === 0) throw new Error('it became shorter while it was read')
    done += bytesRead
  }
  return bytes
}

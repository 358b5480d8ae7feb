import { open } from 'node:fs/promises'

/** What a pipe or a device may give. */
const mostUnsizedBytes = 2 ** 26

/**
 * All bytes of the file at `path`. What is no plain file, such as a pipe, states no size and may never end: more than
 * 64 MiB of it are refused.
 *
 * Errors: the system's; `Error` where there are too many bytes.
 */
export async function readWholeFile(path: string): Promise<Uint8Array> {
  const handle = await open(path, 'r')
  try {
    if ((await handle.stat()).isFile()) return await handle.readFile()
    const parts: Uint8Array[] = []
    let count = 0
    for await (const part of handle.createReadStream({ autoClose: false })) {
      parts.push(part)
      count += part.length
      if (count > mostUnsizedBytes)
        throw new Error(`it is no plain file, and gives more than ${mostUnsizedBytes} bytes`)
    }
    return Buffer.concat(parts)
  } finally {
    await handle.close()
  }
}

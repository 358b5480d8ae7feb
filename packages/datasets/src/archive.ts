import { basename } from 'node:path'
import { DataError } from '@convkit/api'
import { Parser } from 'tar'

/**
 * The files of a tar or gzipped tar archive whose last name is among `wanted`, in memory; nothing is unpacked to a disk.
 *
 * Errors: `DataError` for one of more than `limit` bytes; the library's for no archive.
 */
export async function readArchive(
  archive: AsyncIterable<Buffer>,
  wanted: readonly string[],
  limit = Number.POSITIVE_INFINITY,
): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>()
  let tooLarge: string | null = null
  const parser = new Parser({
    filter: (path, entry) => wanted.includes(basename(path)) && 'type' in entry && /File$/.test(entry.type),
    onReadEntry: (entry) => {
      if (entry.size > limit) {
        tooLarge = entry.path
        entry.resume()
        return
      }
      const chunks: Buffer[] = []
      entry.on('data', (chunk) => chunks.push(chunk))
      entry.on('end', () => files.set(basename(entry.path), Buffer.concat(chunks)))
    },
  })
  const parsed = new Promise<void>((resolve, reject) => {
    parser.on('end', resolve)
    parser.on('error', reject)
  })
  // Whichever fails first is the reason: the download, or the archive's own form.
  const fed = (async () => {
    for await (const chunk of archive) {
      parser.write(chunk)
      if (tooLarge !== null) throw new DataError(`${tooLarge} has more than ${limit} bytes`)
    }
    parser.end()
  })()
  await Promise.all([fed, parsed])
  return files
}

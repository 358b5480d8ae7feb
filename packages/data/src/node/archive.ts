import { basename } from 'node:path'
import { Parser } from 'tar'

/** The files of a tar or gzipped tar archive whose last name is among `wanted`, in memory. */
export async function readArchive(
  archive: AsyncIterable<Buffer>,
  wanted: readonly string[],
): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>()
  const parser = new Parser({
    filter: (path) => wanted.includes(basename(path)),
    onReadEntry: (entry) => {
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
    for await (const chunk of archive) parser.write(chunk)
    parser.end()
  })()
  await Promise.all([fed, parsed])
  return files
}

import { writeFile } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { onTestFinished, vi } from 'vitest'
import { emptyFolder } from './folder.js'

/**
 * What the double does with a tarball: sends it whole, or in many pieces, drops the connection half way or at once,
 * stops half way and waits, ends half way as if that were all, sends one bit otherwise, is busy, or has none.
 */
export type Manner = 'whole' | 'slow' | 'cut' | 'reset' | 'stall' | 'short' | 'flipped' | 'busy' | 'gone'

/**
 * A registry on this machine that holds one version of one package, and an npm configuration that points at it. Any
 * path that ends in .tgz is the tarball.
 */
export async function startRegistry(
  { name, version }: { name: string; version: string },
  tarball: Buffer,
  more: readonly string[] = [],
) {
  const registry = {
    url: '',
    manner: 'whole' as Manner,
    tarballHost: '',
    tarball,
    requests: [] as Request[],
    busyFor: 0,
  }
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    registry.requests.push({ path, headers: request.headers })
    if (path === `/${name}`) {
      const dist = { tarball: `${registry.tarballHost}/${name}/-/${name}-${version}.tgz` }
      response.end(JSON.stringify({ name, versions: { [version]: { name, version, dist } } }))
    } else if (path.endsWith('.tgz')) {
      const { manner } = registry
      const half = registry.tarball.subarray(0, registry.tarball.length / 2)
      if (manner === 'gone') response.writeHead(404).end()
      else if (manner === 'busy' || registry.busyFor-- > 0) response.writeHead(503).end()
      else if (manner === 'reset') request.socket.resetAndDestroy()
      else if (manner === 'short') response.end(half)
      else send(response, registry.tarball, manner)
    } else response.writeHead(404).end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  registry.url = registry.tarballHost = `http://127.0.0.1:${port}`

  const settings = ['fetch-retries=0', ...more].join('\n')
  const npmrc = join(await emptyFolder(), 'npmrc')
  await writeFile(npmrc, `registry=${registry.url}/\n//127.0.0.1:${port}/:_authToken=secret\n${settings}\n`)
  for (const key of Object.keys(process.env))
    if (/^(npm_config_|https?_proxy$|proxy$)/i.test(key)) vi.stubEnv(key, undefined)
  vi.stubEnv('npm_config_userconfig', npmrc)
  onTestFinished(() => void vi.unstubAllEnvs())
  return registry
}

function send(response: ServerResponse, tarball: Buffer, manner: Manner): void {
  response.writeHead(200, { 'content-length': tarball.length })
  if (manner === 'whole') response.end(tarball)
  else if (manner === 'flipped') {
    const bytes = Buffer.from(tarball)
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1
    response.end(bytes)
  } else if (manner === 'slow') {
    const size = Math.ceil(tarball.length / 20)
    const from = (at: number) => {
      if (at >= tarball.length) response.end()
      else response.write(tarball.subarray(at, at + size), () => setTimeout(from, 5, at + size))
    }
    from(0)
  } else
    response.write(tarball.subarray(0, tarball.length / 2), () => {
      if (manner === 'cut') response.destroy()
    })
}

interface Request {
  readonly path: string
  readonly headers: IncomingHttpHeaders
}

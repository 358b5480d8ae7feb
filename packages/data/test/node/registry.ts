import { writeFile } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { join } from 'node:path'
import { onTestFinished, vi } from 'vitest'
import { emptyFolder } from './folder.js'

/** What the double does with a tarball: sends it whole, drops the connection half way, or stops half way and waits. */
export type Manner = 'whole' | 'cut' | 'stall'

/**
 * A registry on this machine that holds one version of one package, and an npm configuration that points at it. Any
 * path that ends in .tgz is the tarball.
 */
export async function startRegistry({ name, version }: { name: string; version: string }, tarball: Buffer) {
  const registry = { url: '', manner: 'whole' as Manner, tarballHost: '', tarball, requests: [] as Request[] }
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    registry.requests.push({ path, headers: request.headers })
    if (path === `/${name}`) {
      const dist = { tarball: `${registry.tarballHost}/${name}/-/${name}-${version}.tgz` }
      response.end(JSON.stringify({ name, versions: { [version]: { name, version, dist } } }))
    } else if (path.endsWith('.tgz')) {
      const { manner } = registry
      response.writeHead(200, { 'content-length': registry.tarball.length })
      if (manner === 'whole') response.end(registry.tarball)
      else {
        response.write(registry.tarball.subarray(0, registry.tarball.length / 2), () => {
          if (manner === 'cut') response.destroy()
        })
      }
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

  const npmrc = join(await emptyFolder(), 'npmrc')
  await writeFile(npmrc, `registry=${registry.url}/\n//127.0.0.1:${port}/:_authToken=secret\nfetch-retries=0\n`)
  for (const key of Object.keys(process.env))
    if (/^(npm_config_|https?_proxy$|proxy$)/i.test(key)) vi.stubEnv(key, undefined)
  vi.stubEnv('npm_config_userconfig', npmrc)
  onTestFinished(() => void vi.unstubAllEnvs())
  return registry
}

interface Request {
  readonly path: string
  readonly headers: IncomingHttpHeaders
}

/// <reference path="./npm-config.d.ts" />
import { dirname } from 'node:path'
import { Readable } from 'node:stream'
import Config from '@npmcli/config'
import npm from '@npmcli/config/lib/definitions/index.js'
import npmFetch from 'npm-registry-fetch'
import type { OnProgress } from './progress.js'

/**
 * The user's own npm settings (registry, scoped registries, proxy, certificates, credentials), read from the places npm
 * reads them. Nothing goes into npm's cache: what is fetched is kept elsewhere.
 */
export async function npmSettings(): Promise<npmFetch.Options> {
  const config = new Config({
    definitions: npm.definitions,
    shorthands: npm.shorthands,
    flatten: npm.flatten,
    // Only where npm's own built-in npmrc would stand.
    npmPath: dirname(process.execPath),
    argv: [],
    // A copy: loading writes to it.
    env: { ...process.env },
  })
  await config.load()
  const { cache: _, ...settings } = config.flat
  return { ...settings, userAgent: `convkit node/${process.version}` }
}

/** Where the registry keeps the tarball of one version of a package. */
export async function tarballUrl(name: string, version: string, settings: npmFetch.Options): Promise<string> {
  const registry = npmFetch.pickRegistry(name, settings)
  const packument = await npmFetch.json(`/${name}`, {
    ...settings,
    headers: { accept: 'application/vnd.npm.install-v1+json' },
    spec: name,
  })
  const { versions } = packument as { versions?: Record<string, { dist?: { tarball?: string } } | undefined> }
  const tarball = versions?.[version]?.dist?.tarball
  if (tarball === undefined) throw new Error(`${registry} has no ${name}@${version}`)
  const url = new URL(tarball)
  // As npm does: mirrors often serve the public registry's manifests unchanged.
  return url.hostname === 'registry.npmjs.org' ? registry.replace(/\/?$/, url.pathname) : tarball
}

/** The bytes of `url`; the end throws unless they have this `integrity` (a subresource integrity string). */
export async function* download(
  url: string,
  settings: npmFetch.Options & { readonly integrity: string },
  onProgress?: OnProgress,
): AsyncGenerator<Buffer> {
  const response = await npmFetch(url, settings)
  const length = Number(response.headers.get('content-length'))
  const total = length > 0 ? length : null
  let received = 0
  // Iterating npm's own streams directly adds a listener for every chunk.
  for await (const chunk of response.body ? new Readable().wrap(response.body) : []) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    received += bytes.length
    onProgress?.({ phase: 'download', received, total })
    yield bytes
  }
}

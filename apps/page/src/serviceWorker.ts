import { headersFor } from '../plugins/headers.js'

// The library of types has the page's globals or a worker's, never both.
interface Waiting extends Event {
  waitUntil(promise: Promise<unknown>): void
}
interface Fetching extends Waiting {
  readonly request: Request
  respondWith(response: Promise<Response>): void
}
declare const self: {
  addEventListener(type: 'install' | 'activate', listener: (event: Waiting) => void): void
  addEventListener(type: 'fetch', listener: (event: Fetching) => void): void
}

declare const __FILES__: readonly string[]
declare const __VERSION__: string

const name = `convkit-${__VERSION__}`

self.addEventListener('install', (event) => event.waitUntil(fill()))
self.addEventListener('activate', (event) => event.waitUntil(sweep()))
self.addEventListener('fetch', (event) => {
  const { request } = event
  if (request.method === 'GET' && new URL(request.url).origin === location.origin) event.respondWith(answer(request))
})

async function fill(): Promise<void> {
  const cache = await caches.open(name)
  await cache.addAll([...__FILES__])
}

async function sweep(): Promise<void> {
  for (const key of await caches.keys()) if (key.startsWith('convkit-') && key !== name) await caches.delete(key)
}

/** From the cache, or else from the network into the cache. A host that sends no headers gets the page's own here. */
async function answer(request: Request): Promise<Response> {
  const cache = await caches.open(name)
  const key = request.mode === 'navigate' ? './' : request
  let response = await cache.match(key, { ignoreSearch: true, ignoreVary: true })
  if (!response) {
    response = await fetch(request)
    if (response.ok) await cache.put(request, response.clone())
  }
  const headers = new Headers(response.headers)
  for (const [header, value] of Object.entries(headersFor(request.url))) headers.set(header, value)
  const { status, statusText } = response
  return new Response(status === 204 || status === 304 ? null : response.body, { status, statusText, headers })
}

import type { Plugin } from 'vite'

/** Shared memory, and so threads, wants a page that no other origin can reach into. */
const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
}

interface Directives {
  readonly [directive: string]: string
}

const page: Directives = {
  'default-src': "'none'",
  'script-src': "'self' 'wasm-unsafe-eval'",
  'style-src': "'self'",
  'img-src': "'self' blob: data:",
  'connect-src': "'self'",
  'worker-src': "'self'",
  'manifest-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
}

/** A visitor's own backend comes as a blob: its worker may run one, and may then reach nothing. */
const visitor: Directives = {
  'default-src': "'none'",
  'script-src': "'self' 'wasm-unsafe-eval' blob:",
}

/** That worker's file, built or not. */
const visitorWorker = /\/visitorWorker[^/]*$/

/** Vite's client puts styles into the page and keeps a socket open. */
const developing: Directives = {
  ...page,
  'style-src': "'self' 'unsafe-inline'",
  'connect-src': "'self' ws:",
}

export interface Headers {
  readonly [name: string]: string
}

/** The headers of every response, by the path that was asked for. */
export function headersFor(path: string, { development = false } = {}): Headers {
  const directives = visitorWorker.test(path) ? visitor : development ? developing : page
  return { ...isolation, 'Content-Security-Policy': spell(directives) }
}

/** A page can be told who may frame it by a header only. */
const { 'frame-ancestors': _, ...inPage } = page
const metaPolicy = `<meta http-equiv="Content-Security-Policy" content="${spell(inPage)}" />`

function spell(directives: Directives): string {
  return Object.entries(directives)
    .map(([name, value]) => `${name} ${value}`)
    .join('; ')
}

/** Sends the headers from Vite's servers, and writes the policy into the built page, for hosts that send none. */
export function headers(): Plugin {
  return {
    name: 'page-headers',
    transformIndexHtml: {
      order: 'post',
      handler: (html, { server }) =>
        server ? html : html.replace('<meta charset="utf-8" />', `$&\n    ${metaPolicy}`),
    },
    configureServer({ middlewares }) {
      middlewares.use((request, response, next) => {
        for (const [name, value] of Object.entries(headersFor(request.url ?? '/', { development: true })))
          response.setHeader(name, value)
        next()
      })
    },
    configurePreviewServer({ middlewares }) {
      middlewares.use((request, response, next) => {
        for (const [name, value] of Object.entries(headersFor(request.url ?? '/'))) response.setHeader(name, value)
        next()
      })
    },
  }
}

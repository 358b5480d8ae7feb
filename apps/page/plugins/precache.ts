import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'vite'

/** What a visitor fetches only when it is used: a runtime of tens of megabytes. */
const onDemand = /\.map$|(^|\/)ort[.-]/

/** Tells the service worker which files there are, and names its cache after their contents. */
export function precache(): Plugin {
  let publicDir = ''
  return {
    name: 'page-precache',
    apply: 'build',
    enforce: 'post',
    configResolved(config) {
      publicDir = config.publicDir
    },
    generateBundle(_, bundle) {
      const worker = bundle['sw.js']
      // The bundles of workers pass here too.
      if (worker?.type !== 'chunk') return
      const own = Object.keys(bundle).filter((name) => name !== 'sw.js')
      const others = readdirSync(publicDir, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) =>
          join(entry.parentPath, entry.name)
            .slice(publicDir.length + 1)
            .replaceAll('\\', '/'),
        )
      const files = [...own, ...others].filter((name) => !onDemand.test(name)).sort()
      const version = createHash('sha256')
      for (const [name, item] of Object.entries(bundle).sort(([a], [b]) => (a < b ? -1 : 1)))
        version.update(name).update(item.type === 'chunk' ? item.code : item.source)
      worker.code = worker.code
        .replace('__FILES__', JSON.stringify(files.map((name) => (name === 'index.html' ? './' : name))))
        .replace('__VERSION__', JSON.stringify(version.digest('hex').slice(0, 12)))
    },
  }
}

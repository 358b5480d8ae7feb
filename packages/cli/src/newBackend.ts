/** The files of a new backend package, by name: a backend of four functions, its checks, and what to do next. */
export function newBackendFiles(name: string, version: string): { readonly [file: string]: string } {
  const manifest = {
    name,
    private: true,
    type: 'module',
    scripts: { conformance: 'convkit conformance ./backend.ts', test: 'vitest run' },
    devDependencies: {
      '@convkit/cli': `^${version}`,
      '@convkit/conformance': `^${version}`,
      convkit: `^${version}`,
      vitest: '^4.0.0',
    },
  }
  return {
    'package.json': `${JSON.stringify(manifest, null, 2)}\n`,
    'backend.ts': backend(name),
    'conformance.test.ts': test(name),
    'README.md': readme(name),
  }
}

const backend = (name: string) => `import type { Backend, Data } from 'convkit'

/** What a tensor is to this backend. Here an array; elsewhere a pointer, a buffer on a device, a handle. */
interface Storage {
  data: Data
}

const arrays = { float32: Float32Array, float64: Float64Array, int32: Int32Array }

/** Four functions make a backend. Calls come in order and return at once; only \`read\` waits. */
export function createBackend(): Backend<Storage> {
  return {
    name: '${name}',
    // What it really runs on: reports show it.
    description: 'plain arrays, one thread',

    // What this backend computes itself, by number type and layer. Whatever is missing runs on convkit's naive backend.
    // A number type that is not listed here is not expected of it. \`float32\` is: every kernel added raises the score.
    kernels: {
      float32: {
        // relu: {
        //   // y = max(x, 0), and a NaN stays a NaN. Outputs are overwritten: never read what y held before.
        //   forward(d, x, y) {
        //     for (let i = 0; i < d.size; i++) y.data[i] = x.data[i] <= 0 ? 0 : x.data[i]
        //   },
        //   // dx = dy where y > 0; elsewhere y is 0 or NaN, and so is dx.
        //   backward(d, dy, y, dx) {
        //     for (let i = 0; i < d.size; i++) dx.data[i] = y.data[i] > 0 ? dy.data[i] : y.data[i]
        //   },
        // },
      },
    },

    // Contents may be anything until they are written.
    alloc: (length, dtype) => ({ data: new arrays[dtype](length) }),

    // Nothing uses the storage after this.
    free: (storage) => {
      storage.data = new Float32Array(0)
    },

    // The caller may change \`data\` once this returns, so it is copied.
    write: (storage, data) => {
      storage.data.set(data)
    },

    // The one place to wait for what was queued, and where errors of queued calls surface.
    read: async (storage, into) => {
      if (!into) return storage.data.slice()
      into.set(storage.data)
      return into
    },
  }
}
`

const test = (name: string) => `import { describeConformance } from '@convkit/conformance/vitest'
import { createBackend } from './backend.js'

// One test a check. A layer without a kernel shows as skipped.
describeConformance('${name}', createBackend)
`

const readme = (name: string) => `# ${name}

A backend for [convkit](https://www.npmjs.com/package/convkit): where the numbers live and who does the maths.

\`\`\`sh
npm install
npm run conformance     # the score: a line a layer, a mark a law
npm test                # the same checks under vitest
\`\`\`

1. It already trains: \`npx convkit train --backend ./backend.ts\`. What it lacks runs on convkit's naive backend.
2. Take the comment marks off \`relu\` in \`backend.ts\` and run \`npx convkit conformance ./backend.ts --layer relu\`.
3. Break it on purpose, say \`dy.data[i] / 2\`, and read the failure: the law, the smallest case, the command that shows it again.
4. Write the next kernel. \`npx convkit conformance ./backend.ts --layer conv2d --speed\` says whether it is right, then how fast;
   \`npx convkit bench ./backend.ts --only W1 conv2d\` says it in full.
`

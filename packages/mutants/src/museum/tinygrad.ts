import { createNaive } from '@convkit/backend-naive'
import { underWindows } from '@convkit/conformance/internal/core/underWindows'
import { after } from '../mutants/mutant.js'
import { type Exhibit, exhibits, kernelExhibits } from './exhibit.js'

/** Whether calls of these dims are replayed: the first runs as it is, the second is captured. */
function replays(): (d: object) => boolean {
  const counts = new Map<string, number>()
  return (d) => {
    const key = JSON.stringify(d)
    const count = (counts.get(key) ?? 0) + 1
    counts.set(key, count)
    return count > 2
  }
}

export const tinygradExhibits: readonly Exhibit[] = [
  ...kernelExhibits('maxPool2d', {
    'maximum-without-nan': {
      says: 'the maximum ignores NaN, and of NaNs alone it is -infinity',
      killers: ['special-values', 'non-finite-windows'],
      link: 'https://github.com/tinygrad/tinygrad/pull/1298',
      change: after('forward', (d, x, y) => {
        for (const [out, window] of underWindows(d).entries())
          y[out] = Math.max(...window.map((i) => x[i]).filter((value) => !Number.isNaN(value)))
      }),
    },
  }),
  ...kernelExhibits('sgd', {
    'assignment-lost-in-replay': {
      says: 'from the third call on, when a captured step is replayed, the new weights are dropped',
      killers: ['elements', 'several-parameters', 'replays'],
      link: 'https://github.com/tinygrad/tinygrad/pull/16620',
      change({ update }) {
        const isReplayed = replays()
        return {
          update(d, ...others) {
            if (!isReplayed(d)) update(d, ...others)
          },
        }
      },
    },
  }),
  ...kernelExhibits('conv2d', {
    'weight-gradient-lost-in-replay': {
      says: 'from the third call on, when a captured step is replayed, the weight gradient is read from memory that nothing was written to, and is zero',
      killers: ['stale', 'plans', 'replays', 'repeats'],
      link: 'https://github.com/tinygrad/tinygrad/issues/16571',
      change({ backward }) {
        const isReplayed = replays()
        return {
          backward(d, dy, x, w, dx, dw, db) {
            backward(d, dy, x, w, dx, dw, db)
            if (isReplayed(d)) dw?.fill(0)
          },
        }
      },
    },
  }),
  ...exhibits(
    'backend',
    {
      'copied-too-late': {
        says: 'what is read is copied when it is waited for, and later calls that write to the storage are seen',
        killers: ['order', 'sequence', 'copies'],
        link: 'https://github.com/tinygrad/tinygrad/issues/2417',
      },
    },
    () => {
      const naive = createNaive()
      return {
        ...naive,
        async read(storage, into) {
          await null
          return naive.read(storage, into)
        },
      }
    },
  ),
]

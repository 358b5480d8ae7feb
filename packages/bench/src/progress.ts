import { SingleBar } from 'cli-progress'
import colors from 'picocolors'

/** Says what is being done, on stderr; nothing where that is no terminal. */
export interface Progress {
  show(done: number, of: number, what: string): void
  stop(): void
}

export function createProgress(): Progress {
  if (!process.stderr.isTTY) return { show() {}, stop() {} }
  const bar = new SingleBar({
    format: `${colors.cyan('{bar}')} {percentage}% {what}`,
    barCompleteChar: '━',
    barIncompleteChar: ' ',
    hideCursor: true,
    clearOnComplete: true,
    stream: process.stderr,
  })
  bar.start(1, 0, { what: '' })
  return {
    show(done, of, what) {
      bar.setTotal(of)
      bar.update(done, { what })
    },
    stop: () => bar.stop(),
  }
}

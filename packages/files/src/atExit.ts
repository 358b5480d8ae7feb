/// <reference lib="esnext.disposable" preserve="true" />

import { rmSync } from 'node:fs'

const paths = new Set<string>()
let listens = false

/** Removes a file or a folder when the process ends, as a signal may make it, unless this is disposed of before. */
export function removeAtExit(path: string): Disposable {
  if (!listens)
    process.on('exit', () => {
      for (const path of paths) rmSync(path, { recursive: true, force: true })
    })
  listens = true
  paths.add(path)
  return {
    [Symbol.dispose]() {
      paths.delete(path)
    },
  }
}

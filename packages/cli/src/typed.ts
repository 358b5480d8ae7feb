import { existsSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { quote } from '@convkit/conformance'

const bin = fileURLToPath(new URL('../bin/convkit.js', import.meta.url))

/** How this command is started where `folder` is the working directory: what can be pasted into a shell there. */
export function commandIn(folder: string): string {
  if (hasScript(folder)) return 'npm run convkit --'
  return bin.includes(join('node_modules', '@convkit', 'cli')) ? 'npx convkit' : `node ${quote(pathFrom(folder))}`
}

/** This repository's root has a script that runs the command as it was built there. */
function hasScript(folder: string): boolean {
  const file = join(folder, 'package.json')
  if (!existsSync(file)) return false
  const { scripts = {} }: { scripts?: { [name: string]: string } } = JSON.parse(readFileSync(file, 'utf8'))
  return scripts.convkit?.endsWith('bin/convkit.js') ?? false
}

function pathFrom(folder: string): string {
  const path = relative(folder, bin)
  return path.startsWith('..') ? bin : path
}

import { appendFile, readFile } from 'node:fs/promises'
import { ConfigError } from '@convkit/api'

/** Results of a long run, one a line of JSON behind a line that says what was run. */
export interface Journal<R> {
  /** What an earlier run has left. */
  readonly done: readonly R[]
  add(result: R): Promise<void>
}

/** Goes on with a file or begins it; without one nothing is kept. Throws `ConfigError` where it holds another run. */
export async function openJournal<R>(file: string | undefined, run: object): Promise<Journal<R>> {
  if (file === undefined) return { done: [], add: async () => {} }
  const append = (line: string) => appendFile(file, `${line}\n`)
  const head = JSON.stringify(run)
  const [found, ...lines] = (await readIfAny(file)).split('\n')
  if (found !== '' && found !== head)
    throw new ConfigError(`${file} holds another run (${found.slice(0, 120)}); name another file, or delete it`)
  if (found === '') await append(head)
  // Cut short when the run was killed: its result is computed again.
  else if (lines.at(-1) !== '') await append('')
  return { done: lines.flatMap((line) => parsed<R>(line)), add: (result) => append(JSON.stringify(result)) }
}

async function readIfAny(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw error
  }
}

function parsed<R>(line: string): R[] {
  try {
    // Written by `add`, behind the head that was checked.
    return [JSON.parse(line) as R]
  } catch {
    return []
  }
}

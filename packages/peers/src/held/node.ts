import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { HeldLibrary } from './finding.js'

interface Ended {
  readonly code: number | null
  readonly errors: string
}

/** A script in the Node that a library needs. */
export function runNode(
  { node }: Pick<HeldLibrary, 'node'>,
  args: readonly string[],
  { quiet }: { readonly quiet: boolean },
): Promise<Ended> {
  const own = Number(process.versions.node.split('.')[0])
  const [command, ...rest] =
    node === undefined || node <= own
      ? [process.execPath, ...args]
      : ['npx', '--yes', '--package', `node@${node}`, '--call', ['node', ...args.map((one) => `'${one}'`)].join(' ')]
  const child = spawn(command, rest, { stdio: ['ignore', quiet ? 'ignore' : 'inherit', 'pipe'] })
  let errors = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  return new Promise((resolve, reject) => child.on('error', reject).on('close', (code) => resolve({ code, errors })))
}

/** Whether a snippet still shows what it is about. One that breaks down ends with 1 as well, after Node has named itself. */
export async function shows(library: Pick<HeldLibrary, 'node'>, snippet: string): Promise<boolean> {
  const path = fileURLToPath(new URL(`../../snippets/${snippet}`, import.meta.url))
  const { code, errors } = await runNode(library, [path], { quiet: true })
  if (code !== 0 && (code !== 1 || /^Node\.js v\d/m.test(errors))) throw new Error(`${snippet} broke down: ${errors}`)
  return code === 1
}

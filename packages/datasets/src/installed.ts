import { ConfigError } from '@convkit/api'

/** sharp, which reads and writes image files. Errors: `ConfigError` where it is not installed. */
export async function loadSharp() {
  const { default: sharp } = await installed(() => import('sharp'), 'image files need sharp', 'sharp')
  return sharp
}

/** npm's own downloads, with the user's own settings. Errors: `ConfigError` where its libraries are not installed. */
export function loadDownload() {
  const packages = 'npm-registry-fetch@19 @npmcli/config@10'
  return installed(() => import('./download.js'), 'downloads need npm-registry-fetch and @npmcli/config', packages)
}

/** An optional peer: it is large, and few programs need it. */
async function installed<T>(load: () => Promise<T>, need: string, packages: string): Promise<T> {
  try {
    return await load()
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND')) throw cause
    throw new ConfigError(`${need}: npm install ${packages}`, { cause })
  }
}

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { folder } from '../../convkit/test/support/folder.js'
import { convkit } from './support/convkit.js'

it("README's backend of four functions passes all that needs no kernel", async () => {
  const readme = await readFile(new URL('../../../README.md', import.meta.url), 'utf8')
  const [, code = ''] = /```js my-backend\.js\n([\s\S]*?)```/.exec(readme) ?? []
  const cwd = await folder({ 'my-backend.mjs': code })
  const [module, json] = [join(cwd, 'my-backend.mjs'), join(cwd, 'report.json')]
  const { code: exitCode } = await convkit(
    'conformance',
    module,
    '--in-process',
    '--layer',
    'backend',
    '--runs',
    '1',
    '--json',
    json,
  )
  const { checks } = JSON.parse(await readFile(json, 'utf8')) as { checks: { law: string; status: string }[] }
  const of = (status: string) => new Set(checks.filter((check) => check.status === status).map(({ law }) => law))
  expect(exitCode).toBe(0)
  expect(of('missing')).toEqual(new Set(['declaration', 'sequence']))
  expect(checks.every(({ status }) => status === 'passed' || status === 'missing')).toBe(true)
  expect(of('passed').size).toBeGreaterThanOrEqual(7)
})

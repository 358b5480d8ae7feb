// Adds up the packages' test reports and the other checks, and prints the line that a log ends with:
// node scripts/count-tests.mjs [CHECKS_PASSED CHECKS_FAILED]
import { existsSync, readdirSync, readFileSync } from 'node:fs'

const [major] = process.versions.node.split('.')
let [passed = 0, failed = 0] = process.argv.slice(2).map(Number)
for (const name of ['apps', 'packages'].flatMap((folder) => readdirSync(folder).map((name) => `${folder}/${name}`))) {
  const file = `${name}/reports/tests-node${major}.json`
  if (!existsSync(file)) {
    process.stdout.write(`${name}: its tests never ended\n`)
    failed++
    continue
  }
  const report = JSON.parse(readFileSync(file, 'utf8'))
  passed += report.numPassedTests
  // A file that could not even be loaded has no tests to fail.
  const broken = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  )
  failed += report.numFailedTests + broken.length
}
process.stdout.write(`tests: ${passed} passed, ${failed} failed\n`)
process.exitCode = failed > 0 ? 1 : 0

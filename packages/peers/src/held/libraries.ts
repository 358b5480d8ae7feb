import type { HeldLibrary } from './finding.js'
import { jaxJsCpu, jaxJsWasm } from './jaxJs/findings.js'
import { tfjsLibraries } from './tfjs/findings.js'

export const libraries: readonly HeldLibrary[] = [...tfjsLibraries, jaxJsWasm, jaxJsCpu]

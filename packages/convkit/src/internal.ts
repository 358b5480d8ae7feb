// What the command shares with `createBackend`: no program of its own needs it, and it may change in any version.
export { backends, type KnownBackend, providerNames } from './backends.js'
export { asTyped, numberOf } from './config/number.js'
export { shown } from './config/shown.js'
export { backendName, loadBackend, locate, takesProvider, withProvider } from './createBackend.js'
export { firstLine, loadModule, type ModuleExports } from './loadModule.js'
export { recipeFile } from './recipeFile.js'

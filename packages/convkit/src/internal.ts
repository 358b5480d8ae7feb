// What the command shares with `createBackend`: no program of its own needs it, and it may change in any version.
export { backends, type KnownBackend, providerNames } from './backends.js'
export { asTyped, numberOf, shown } from './config/number.js'
export { backendName, loadBackend, locate, takesProvider, withProvider } from './createBackend.js'
export { firstLine, loadModule, type ModuleExports } from './loadModule.js'

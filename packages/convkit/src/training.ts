// What the command and the page share: recipes, and what their settings stand for. It needs nothing of Node's and may
// change in any version.
export { monitorOf } from './training/monitor.js'
export * from './training/parts.js'
export * from './training/recipes.js'
export * from './training/schedule.js'
export * from './training/settings.js'
export { parseAugment, parseViews } from './training/spelled.js'

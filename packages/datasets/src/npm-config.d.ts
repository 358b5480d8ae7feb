declare module '@npmcli/config/lib/definitions/index.js' {
  import type Config from '@npmcli/config'

  /** The options npm itself knows, and how npm hands them to its request library. */
  const npm: {
    readonly definitions: Config.DefinitionsObject
    readonly shorthands: Config.ShortFlags
    readonly flatten: NonNullable<Config.Options['flatten']>
  }
  export = npm
}

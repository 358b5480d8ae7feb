// turbo without what it tells its maker, unless the user's own variables say otherwise: node scripts/turbo.mjs run build
process.env.TURBO_TELEMETRY_DISABLED ??= '1'
process.env.DO_NOT_TRACK ??= '1'
await import('turbo/bin/turbo')

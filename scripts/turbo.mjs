// turbo without what it tells its maker, unless the user's own variable says otherwise: node scripts/turbo.mjs run build
process.env.TURBO_TELEMETRY_DISABLED ||= '1'
await import('turbo/bin/turbo')

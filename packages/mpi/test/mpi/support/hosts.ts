import { execFileSync } from 'node:child_process'
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Options } from './mpirun.js'

const subnet = `10.${100 + (process.pid % 100)}.0`
const addresses = [`${subnet}.1`, `${subnet}.2`]
const space = (address: string) => `convkit-${address}`
const ip = (...args: readonly string[]) => execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] })

/** Whether this machine lets us have network namespaces. */
export function canHaveHosts(): boolean {
  try {
    ip('netns', 'add', space(subnet))
    ip('netns', 'del', space(subnet))
    return true
  } catch {
    return false
  }
}

/** Two hosts on this machine: network namespaces, with a name each, joined by a pair of virtual network cards. */
export async function createHosts(folder: string): Promise<Options & AsyncDisposable> {
  for (const address of addresses) ip('netns', 'add', space(address))
  const cards = addresses.map((_, i) => `ck${process.pid % 10_000}-${i}`)
  ip('link', 'add', cards[0] ?? '', 'type', 'veth', 'peer', 'name', cards[1] ?? '')
  for (const [i, address] of addresses.entries()) {
    const card = cards[i] ?? ''
    ip('link', 'set', card, 'netns', space(address))
    ip('-n', space(address), 'addr', 'add', `${address}/24`, 'dev', card)
    for (const device of ['lo', card]) ip('-n', space(address), 'link', 'set', device, 'up')
  }
  // In the place of ssh: the host's address, then what to run there.
  const agent = join(folder, 'agent')
  const enter = 'exec ip netns exec "convkit-$host" unshare --uts sh -c "hostname $host; exec $*"'
  await writeFile(agent, `#!/bin/sh\nhost=$1\nshift\n${enter}\n`)
  await chmod(agent, 0o755)
  const parameters = {
    plm_rsh_agent: agent,
    btl: 'self,tcp',
    btl_tcp_if_include: `${subnet}.0/24`,
    oob_tcp_if_include: `${subnet}.0/24`,
  }
  return {
    through: [agent, addresses[0] ?? ''],
    flags: [
      ...['--host', addresses.map((address) => `${address}:1`).join()],
      ...Object.entries(parameters).flatMap(([name, value]) => ['--mca', name, value]),
    ],
    async [Symbol.asyncDispose]() {
      for (const address of addresses) ip('netns', 'del', space(address))
    },
  }
}

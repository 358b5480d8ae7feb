// The cost model of docs/scaling.md, as its tables: node packages/mpi/scripts/model.mjs
// Times in milliseconds, for the notebook's net with one core a rank; the first three are measured there.

/** Forward, backward and their share of the update, an image. */
const image = 0.6
/** What a rank adds that is not alone: gradients copied to the host and back, memory shared, waiting for the slower one. */
const company = 3
/** Of gradients. */
const bytes = 3.3e6
/** All-reduces of a step beside that of W2, which fills a bucket: two buckets of small tensors, and the loss. */
const small = 3

/** Latency of a message and bytes a millisecond: assumed, in the order of what such networks give MPI. */
const networks = [
  { name: 'TCP, 10 Gbit/s', latency: 0.03, bandwidth: 1.1e6 },
  { name: 'InfiniBand, 100 Gbit/s', latency: 0.002, bandwidth: 11e6 },
]

/** Rounds of messages on n ranks: reduce-scatter and allgather by halving and doubling (Rabenseifner), or around a ring. */
const algorithms = {
  'halving and doubling': (n) => 2 * Math.ceil(Math.log2(n)),
  ring: (n) => 2 * (n - 1),
}

function communication({ latency, bandwidth }, rounds, n) {
  if (n === 1) return 0
  // Small messages are doubled recursively, whatever the algorithm of large ones.
  const messages = rounds(n) + small * Math.ceil(Math.log2(n))
  return company + messages * latency + (2 * ((n - 1) / n) * bytes) / bandwidth
}

const row = (cells) => process.stdout.write(`| ${cells.join(' | ')} |\n`)
const sizes = [1, 2, 4, 8, 16, 64, 256, 1000]

row(['network, algorithm', 'images a rank', ...sizes])
row(['---', '---', ...sizes.map(() => '---')])
for (const network of networks)
  for (const [name, rounds] of Object.entries(algorithms))
    for (const images of [50, 500]) {
      const own = images * image
      const efficiency = (n) => own / (own + communication(network, rounds, n))
      row([`${network.name}, ${name}`, images, ...sizes.map((n) => `${(100 * efficiency(n)).toFixed(0)} %`)])
    }

process.stdout.write('\n')
row(['a batch of 1,000 shared out', ...sizes])
row(['---', ...sizes.map(() => '---')])
for (const network of networks) {
  const time = (n) => (1000 / n) * image + communication(network, algorithms['halving and doubling'], n)
  row([network.name, ...sizes.map((n) => `${(time(1) / time(n)).toFixed(1)} ×`)])
}

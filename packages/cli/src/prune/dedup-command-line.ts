import type { Command } from 'commander';
import type { CommandContext } from '../sweep/command-line.js';

/** `kindling prune dedup`. */
export function addDedup(prune: Command, { finish, number, examples, adapterHelp, dataHelp, jsonHelp }: CommandContext): void {
  prune
    .command('dedup')
    .description(
      'duplicates: exact, and semantic for every ε from one vector; keep lists, matches for audit, training images in the test half',
    )
    .option('--data-set <name>', 'mnist, fashion-mnist, cifar10 or an imported set (default: mnist)')
    .option('--data <folder>', dataHelp)
    .option('--embedding <name>', 'pixels, or model: what the last layer of --checkpoint’s model reads (default: model with --checkpoint)')
    .option('--checkpoint <run>', 'run folder of `kindling warmup` whose model embeds')
    .option('--model <file>', 'with --checkpoint: module that makes the model, where it has moved, or a built-in name')
    .option('--epsilon <list>', 'an image is dropped where a cosine is above 1 − ε (default: 0.01,0.03,0.1)')
    .option('--clusters <k>', 'of the k-means; duplicates are looked for within one (default: one for 1,000 images)', number('--clusters'))
    .option(
      '--order <name>',
      'who comes first in a cluster, and so stays: central, nearest to the centroid, or outlying (default: central)',
    )
    .option('--leak <scope>', 'each test image’s nearest training image: among all, in its cluster (may miss some), none (default: all)')
    .option('--seed <n>', 'of the k-means’ start (default: 1)', number('--seed'))
    .option('--adapter <name>', adapterHelp)
    .option('--out <folder>', 'a new folder')
    .option('--json', jsonHelp)
    .addHelpText(
      'after',
      `
Embeddings get length 1. Within a cluster, images in order of their distance to the centroid (lower index first among equals) get
M_j = max over i before j of cos(i, j); −1 for the first. The folder then holds:
  m.npy, match.npy      M, float32 [N], and whose cosine it is, int32 [N], −1 for none: keep at any ε the images with M ≤ 1 − ε
  keep-<ε>.json         keep list of M ≤ 1 − ε, in the form of \`prune select\`
  greedy-<ε>.json       keep list where only kept images suppress: dropped ones suppress nothing
  keep-exact.json       keep list of the first of each set of images whose bytes are the same
  leak.json             pairs of a test image and its nearest training image above 1 − the largest ε
  dedup.json            all counts, and how they were made
${examples(
  'prune dedup --epsilon 0.01,0.05 --out runs/dedup',
  'prune dedup --checkpoint runs/<run> --clusters 100 --leak cluster --out runs/dedup-model',
)}`,
    )
    .action(async (options) => finish(await (await import('./dedup.js')).dedup(options)));
}

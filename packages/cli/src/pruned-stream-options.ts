import type { Command } from 'commander';

/**
 * The options of a stream that is pruned as it is made, the same for every command that trains on one.
 * @param where what they apply to, as the help says it
 */
export function addPruneOptions(command: Command, number: (option: string) => (text: string) => number, where: string): Command {
  return command
    .option('--prune <which>', `${where}: of more candidates than are trained on keep the hard or the easy ones, on the GPU`)
    .option('--prune-metric <name>', 'with --prune: el2n or margin, by the model as it stands at that step (default: el2n)')
    .option(
      '--candidates <k>',
      'with --prune: candidates generated for each image trained on, 1 to 256 (default: 4)',
      number('--candidates'),
    )
    .option('--balanced', 'with --prune: each class gets its share of the batch first (default: off)');
}

import type { Command } from 'commander';
import { addPruneOptions } from '../pruned-stream-options.js';
import type { CommandContext } from '../sweep/command-line.js';

/** `kindling worth`. */
export function addWorth(program: Command, { finish, number, examples, adapterHelp, dataHelp, jsonHelp }: CommandContext): void {
  const worth = program
    .command('worth')
    .description('how many natural images a generated warm-up replaces: trains on the first n for a ladder of n, with and without warm-up')
    .option(
      '--arms <list>',
      'none, longer, <family> (fresh head), <family>:kept (default: none, longer, the matched family, and four others)',
    )
    .option('--n <list>', 'natural training images, class-balanced (default: 10,50,200,500,1000,2000,5000 and all of the set)')
    .option('--seeds <n|list>', 'how many, or which: 5, 6-10 or 1,4,7 (default: 5)')
    .option('--steps <n>', 'natural steps, the same for every n (default: 500)', number('--steps'))
    .option('--warmup-steps <n>', 'steps on generated batches before them (default: 500)', number('--warmup-steps'))
    .option('--lr <rate>', 'peak of each phase’s OneCycle (default: 0.003)', number('--lr'))
    .option('--batch <n>', 'images a step (default: 64)', number('--batch'))
    .option('--targets <list>', 'test accuracies to reach; they may change for results that are there (default: .9,.95)')
    .option('--generator <recipes>', 'JSON, or a file, with fields of families’ recipes: {"count": {"label": {"kind": "standardised"}}}');
  addPruneOptions(worth, number, 'arms whose labels are classes')
    .option('--data-set <name>', 'mnist, fashion-mnist, cifar10 or an imported set (default: mnist)')
    .option('--data <folder>', dataHelp)
    .option(
      '--together <n>',
      'most trials in the same dispatches: bounds memory, and what a kill loses (default: 16)',
      number('--together'),
    )
    .option('--adapter <name>', adapterHelp)
    .option('--out <folder>', 'the results’ folder; the same command goes on after a stop or kill')
    .option('--json', `{targets: [{target, arms: [{arm, n, low, high, reached}], ratios}], equalCompute, curves, …}; ${jsonHelp}`)
    .addHelpText(
      'after',
      '\n`longer` trains without warm-up for the steps of both phases. A target that no n of the ladder reaches is said to be so, never extrapolated.\n' +
        examples(
          'worth --out runs/worth',
          'worth --arms none,strokes,strokes:kept --n 50,200,1000,5000 --seeds 8 --out runs/strokes',
          'worth --arms none,strokes:kept --prune hard --candidates 4 --out runs/hard',
          'worth --data-set fashion-mnist --arms none,garments,garments:kept --targets .8,.85 --out runs/garments',
        ),
    )
    .action(async (options) => finish(await (await import('./command.js')).worth(options)));
}

import type { Command } from 'commander';
import { addPruneOptions } from '../pruned-stream-options.js';

/** What main.ts shares with this part of the command line. */
export interface CommandContext {
  readonly finish: (code: number) => void;
  readonly number: (option: string) => (text: string) => number;
  readonly examples: (...lines: string[]) => string;
  readonly adapterHelp: string;
  readonly dataHelp: string;
  readonly jsonHelp: string;
}

/** `kindling sweep`, `merge` and `threshold`. */
export function addSweep(program: Command, { finish, number, examples, adapterHelp, dataHelp, jsonHelp }: CommandContext): void {
  const sweep = program
    .command('sweep')
    .description(
      'every trial of arms × p × seeds, many at once; one line a trial in <out>/results.jsonl; the same command goes on after a stop or kill',
    )
    .option('--experiment <name>', 'count, augment, adaptive or family:<id> (default: count)')
    .option(
      '--arms <list>',
      'arms of the experiment, e.g. published,skip; adaptive: published, also called adaptive, and control (default: all)',
    )
    .option('--p <list>', 'shares of the steps that are warm-up (default: 0,.1,…,.9)')
    .option('--seeds <n|list>', 'how many, or which: 5, 6-10 or 1,4,7 (default: 5)')
    .option('--steps <list>', 'all steps of a trial; several budgets make several sweeps in one (default: 500)')
    .option('--epochs <list>', 'adaptive only: epochs of 10 batches (default: 10)')
    .option('--data-set <list>', 'mnist, fashion-mnist, cifar10 (default: mnist)')
    .option('--batch <n>', 'images a step (default: 64; adaptive: 20)', number('--batch'))
    .option('--preset <name>', 'poster or notebook: 200 steps, evaluated every 5 (default: poster)')
    .option('--generator <recipe>', 'family:<id> only: JSON, or a file, with fields of the family’s recipe');
  addPruneOptions(sweep, number, 'family:<id> with class labels')
    .option('--eval-every <n>', 'also evaluate every n natural steps (default: 0, not)', number('--eval-every'))
    .option('--model <module>', 'a JavaScript module that makes the model, as for warmup (default: the poster’s CNN)')
    .option('--keep-list <file>', 'natural training on these examples alone: a list of `prune select`, of the one data set (default: all)')
    .option('--shard <i/N>', 'run part i of N, 0 ≤ i < N, into <out>/shard-i-of-N; which trials those are depends on the recipe alone')
    .option(
      '--together <n>',
      'most trials in the same dispatches: bounds memory, and what a kill loses (default: 16)',
      number('--together'),
    )
    .option(
      '--checkpoint-every <n>',
      'keep the state of the trials that run after every n steps: a kill then loses at most those (default: none)',
      number('--checkpoint-every'),
    )
    .option('--data <folder>', dataHelp)
    .option('--adapter <name>', adapterHelp)
    .option('--out <folder>', 'the sweep’s folder')
    .option('--json', jsonHelp)
    .addHelpText(
      'after',
      '\nAt p = 0 arms whose plan is the same are trained once; each gets its line, which names the others in `sharedWith`.\n' +
        'A folder that holds another recipe is refused. Adapter, --together and --checkpoint-every are no part of the recipe.\n' +
        examples(
          'sweep --arms published,standardised,skip --p 0,.3,.6 --seeds 3 --steps 200 --out runs/count',
          'sweep --experiment family:gratings --seeds 10 --out runs/gratings',
          'sweep --experiment family:strokes --arms kept --prune hard --candidates 4 --out runs/hard',
          'sweep --experiment adaptive --epochs 10 --seeds 10 --out runs/adaptive',
          'sweep --seeds 10 --shard 0/4 --out runs/big',
        ),
    )
    .action(async (options) => finish(await (await import('../commands/sweep.js')).sweep(options)));

  program
    .command('merge <folder...>')
    .description('join the shards of a sweep: a folder of shards stands for them; exit code 1 if trials are missing')
    .option('--out <folder>', 'the whole sweep’s folder; what is there already counts too')
    .option('--partial', 'write it although trials are missing')
    .option('--json', jsonHelp)
    .addHelpText(
      'after',
      examples('merge runs/big --out runs/big', 'merge node-a/shard-0-of-2 node-b/shard-1-of-2 --out runs/all --partial'),
    )
    .action(async (folders, options) => finish(await (await import('../commands/merge.js')).merge(folders, options)));

  program
    .command('threshold <sweep...>')
    .description(
      'the largest p of each data set, budget and arm that costs no more accuracy than --margin, with a 95 % interval; needs no device',
    )
    .option('--margin <share>', 'how much mean accuracy may fall below that of p = 0 (default: 0.01)', number('--margin'))
    .option(
      '--json',
      `{margin, thresholds: [{experiment, dataSet, steps, arm, threshold, low, high, seeds, grid, baseline, atLeast, fails, cells, notes}]}; ${jsonHelp}`,
    )
    .addHelpText('after', examples('threshold runs/count', 'threshold runs/mnist runs/cifar10 --margin 0.02 --json'))
    .action(async (sweeps, options) => finish(await (await import('../commands/threshold.js')).threshold(sweeps, options)));
}

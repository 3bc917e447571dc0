import type { Command } from 'commander';
import type { CommandContext } from '../sweep/command-line.js';
import { addDedup } from './dedup-command-line.js';
import { addScoring } from './score-command-line.js';

/** `kindling prune …`. */
export function addPrune(program: Command, context: CommandContext): void {
  const { finish, number, examples, adapterHelp, jsonHelp } = context;
  const prune = program.command('prune').description('data pruning: its theory, simulated, and on data sets and generated streams');

  prune
    .command('theory')
    .description('the error of a max-margin perceptron trained on the share of its examples that a probe kept, as theory gives it')
    .option('--alpha <n>', 'α_tot: examples by dimension before pruning', number('--alpha'))
    .option('--keep-fraction <share>', 'share of the examples that stays, above 0, at most 1', number('--keep-fraction'))
    .option('--keep <which>', 'hard (smallest |probe·x|), easy (largest) or random (default: hard)')
    .option('--angle <degrees>', 'between probe and teacher, 0 to 180 (default: 0)', number('--angle'))
    .option(
      '--curves <folder>',
      'instead of one setting: curves, crossovers and the envelope over f, as SVG, PNG and theory.json, into a new folder',
    )
    .option('--json', jsonHelp)
    .addHelpText(
      'after',
      '\n--json gives {error, R, kappa, rho}: the share misclassified, the overlaps of student with teacher and probe, the margin.\n' +
        examples('prune theory --alpha 2 --keep-fraction 0.6 --keep easy', 'prune theory --alpha 4 --keep-fraction 0.6 --angle 20 --json') +
        examples('prune theory --curves runs/theory').replace('\nExamples:', ''),
    )
    .action(async (options) => finish(await (await import('./theory.js')).theory(options)));

  prune
    .command('simulate')
    .description('the same perceptrons drawn, pruned and trained on the GPU, many seeds at once: what theory predicts, measured')
    .option('--alpha <n>', 'α_tot: examples by dimension before pruning', number('--alpha'))
    .option('--keep-fraction <share>', 'share of the examples that stays, above 0, at most 1', number('--keep-fraction'))
    .option('--keep <which>', 'hard (smallest |probe·x|), easy (largest) or random (default: hard)')
    .option('--angle <degrees>', 'between probe and teacher, 0 to 180 (default: 0)', number('--angle'))
    .option('--dimension <n>', 'N, 2 or more (default: 200)', number('--dimension'))
    .option('--seeds <n>', 'perceptrons, each with its own teacher and examples (default: 400)', number('--seeds'))
    .option('--seed <n>', 'of all their random numbers (default: 0)', number('--seed'))
    .option('--gap <share>', 'training ends within this share of the largest margin (default: 0.002)', number('--gap'))
    .option('--most-steps <n>', 'steps after which a seed counts as not converged (default: 20000)', number('--most-steps'))
    .option(
      '--table <folder>',
      'instead of one cell: every cell of the table, beside theory, into a folder; the same command goes on after a stop',
    )
    .option('--adapter <name>', adapterHelp)
    .option('--json', jsonHelp)
    .addHelpText(
      'after',
      '\n--json gives {mean, se, seeds, dimension, …}: the mean share misclassified, arccos(R)/π exactly, and its standard error.\n' +
        examples(
          'prune simulate --alpha 2 --keep-fraction 0.6 --keep easy --dimension 200 --seeds 400',
          'prune simulate --alpha 4 --keep-fraction 0.6 --angle 20 --seeds 100 --json',
          'prune simulate --table runs/simulate --seeds 100',
        ),
    )
    .action(async (options) => finish(await (await import('./simulate.js')).simulate(options)));

  prune
    .command('stream')
    .description('a generated stream pruned online by the model that it trains, beside the same compute without pruning')
    .option('--task <name>', 'perceptron: online students of a random teacher')
    .option('--score <name>', 'field, |w·x|, which needs no label, or margin, y·w·x (default: field)')
    .option('--pool <k>', 'candidates for each example that stays (default: 8)', number('--pool'))
    .option('--batch <n>', 'examples that stay of a step’s candidates (default: 16)', number('--batch'))
    .option('--dimension <n>', 'N (default: 100)', number('--dimension'))
    .option('--steps <n>', 'steps of every arm (default: 800)', number('--steps'))
    .option('--seeds <n>', 'students of each arm (default: 32)', number('--seeds'))
    .option('--seed <n>', 'of all their random numbers (default: 0)', number('--seed'))
    .option('--out <folder>', 'also write stream.json, and the figure as SVG and PNG')
    .option('--adapter <name>', adapterHelp)
    .option('--json', jsonHelp)
    .addHelpText(
      'after',
      '\n--json gives {arms: [{name, candidates, kept, cost, exponent, points: [{steps, mean, se, …}]}], reach}.\n' +
        examples('prune stream --task perceptron', 'prune stream --task perceptron --score margin --pool 16 --out runs/stream'),
    )
    .action(async (options) => finish(await (await import('./stream.js')).stream(options)));

  prune
    .command('online')
    .description('trains on a generated stream that the model itself prunes as it is made, against plain training of the same compute')
    .option('--family <id>', 'a family labelled by the natural classes, see `datagen list` (default: strokes)')
    .option('--keep <list>', 'hard, easy, balanced (hard, each class its share) (default: all three)')
    .option('--metric <name>', 'el2n or margin, by the model as it stands at each step (default: el2n)')
    .option('--candidates <list>', 'candidates made for each image trained on, 2 to 256 (default: 2,4)')
    .option('--p <share>', 'share of the steps that are generated; 1: no natural image is trained on (default: 1)', number('--p'))
    .option('--steps <n>', 'all steps of the unpruned arm and of each pruned one (default: 500)', number('--steps'))
    .option('--seeds <n|list>', 'how many, or which: 5, 6-10 or 1,4,7; an arm’s train together (default: 5)')
    .option('--data-set <name>', 'whose test images are read (default: mnist)')
    .option('--adapter <name>', adapterHelp)
    .option(
      '--out <folder>',
      'results.jsonl, online.json and a figure; the same command goes on after a stop (default: runs/<UTC time>-online)',
    )
    .option('--json', jsonHelp)
    .addHelpText(
      'after',
      examples('prune online --seeds 3 --steps 300', 'prune online --family garments --data-set fashion-mnist --candidates 4,8'),
    )
    .action(async (options) => finish(await (await import('./online.js')).online(options)));

  addScoring(prune, context);
  addDedup(prune, context);
}

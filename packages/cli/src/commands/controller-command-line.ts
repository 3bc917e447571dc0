import type { Command } from 'commander';
import type { CommandContext } from '../sweep/command-line.js';

/** `kindling controller`. */
export function addController(program: Command, { finish, number, examples, adapterHelp, dataHelp, jsonHelp }: CommandContext): void {
  program
    .command('controller')
    .description(
      'a warm-up whose generator is steered on the GPU by a bandit or a policy, against choice by lot; results.jsonl and log.json',
    )
    .option('--arms <list>', 'uniform, exp3, policy (default: all)')
    .option('--families <list>', 'families to choose from, labelled by the natural classes (default: those of the data set)')
    .option('--p <share>', 'share of the steps that are warm-up, above 0 (default: 0.3)', number('--p'))
    .option('--steps <n>', 'all steps, warm-up included (default: 500)', number('--steps'))
    .option('--seeds <n|list>', 'how many, or which: 5, 6-10 or 1,4,7; all train together (default: 5)')
    .option('--batch <n>', 'images a step (default: 64)', number('--batch'))
    .option('--block-steps <n>', 'steps that an action holds for (default: 5)', number('--block-steps'))
    .option('--held-out <n>', 'training images that the reward is measured on and nothing trains on (default: 256)', number('--held-out'))
    .option('--no-class-weights', 'leave weighting of classes by 1 − accuracy out of the actions')
    .option(
      '--gamma <share>',
      'exp3 only: share of choice by lot (default: by the number of actions and blocks, at most 0.3)',
      number('--gamma'),
    )
    .option('--learning-rate <n>', 'policy only: step of REINFORCE (default: 1)', number('--learning-rate'))
    .option('--data <folder>', dataHelp)
    .option('--data-set <name>', 'mnist or fashion-mnist; others need --families (default: mnist)')
    .option('--adapter <name>', adapterHelp)
    .option('--out <folder>', 'a new folder (default: runs/<UTC time>-controller)')
    .option('--json', jsonHelp)
    .addHelpText(
      'after',
      '\nActions: family × difficulty × class weighting, one a block. Reward: how far the loss on the held-out images falls over the block.\n' +
        'results.jsonl has a line a seed and arm, as a sweep has; log.json every action, its probabilities and its reward.\n' +
        examples('controller --seeds 3 --steps 200', 'controller --arms uniform,policy --p 0.6 --steps 1000 --out runs/controller'),
    )
    .action(async (options) => finish(await (await import('./controller.js')).controller(options)));
}

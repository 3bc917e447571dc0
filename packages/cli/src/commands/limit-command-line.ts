import type { Command } from 'commander';
import type { CommandContext } from '../sweep/command-line.js';

/** `kindling limit`. */
export function addLimit(program: Command, { finish, number, examples, adapterHelp, dataHelp, jsonHelp }: CommandContext): void {
  program
    .command('limit')
    .description('how far generated images alone carry: trains on them from the first step to the last, then reads the natural test images')
    .option(
      '--natural <n>',
      '0: no natural training image; 1: one a class, moved at random beside the generated ones (default: 0)',
      number('--natural'),
    )
    .option('--generator <recipe>', 'family’s name, JSON or file, labelled by the natural classes (default: matched to the data set)')
    .option(
      '--share <s>',
      '--natural 1 only: share of the moved natural images in a batch, above 0, up to 1 (default: 0.25)',
      number('--share'),
    )
    .option('--moves <json>', '--natural 1 only: parameters of family augment, as JSON, e.g. {"shear": [-0.4, 0.4]} (default: matched too)')
    .option('--model <name>', 'poster-cnn or small-cnn (default: small-cnn)')
    .option('--steps <n>', 'steps, all on generated images (default: 3200)', number('--steps'))
    .option('--batch <n>', 'images a step (default: 64)', number('--batch'))
    .option('--lr <n>', 'peak of the OneCycle (default: 0.003)', number('--lr'))
    .option('--seeds <n|list>', 'how many, or which: 3, 6-10 or 1,4,7; all train together (default: 3)')
    .option('--read <half>', 'test, or train: to choose options without a look at the test images (default: test)')
    .option('--data <folder>', dataHelp)
    .option('--data-set <name>', 'mnist or fashion-mnist; others need --generator (default: mnist)')
    .option('--adapter <name>', adapterHelp)
    .option('--out <folder>', 'a new folder (default: runs/<UTC time>-limit)')
    .option('--json', jsonHelp)
    .addHelpText(
      'after',
      '\nThe folder gets recipe.json, results.jsonl (a line a seed: accuracy, confusion, every misread image) and misread.png.\n' +
        'No training image crosses to the GPU but those of --natural 1; results.jsonl counts the bytes.\n' +
        examples(
          'limit',
          'limit --natural 1 --seeds 5',
          'limit --model poster-cnn --lr 3e-4 --steps 500',
          'limit --data-set fashion-mnist --json',
        ),
    )
    .action(async (options) => finish(await (await import('./limit.js')).limit(options)));
}

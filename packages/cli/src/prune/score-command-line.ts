import type { Command } from 'commander';
import type { CommandContext } from '../sweep/command-line.js';

/** `kindling prune score`, `select` and `curve`. */
export function addScoring(prune: Command, { finish, number, examples, adapterHelp, dataHelp, jsonHelp }: CommandContext): void {
  const dataSet = 'mnist, fashion-mnist, cifar10 or an imported set (default: mnist)';
  const models = 'module that makes the models, or poster-cnn, small-cnn, resnet-small, resnet-18 (default: poster-cnn';
  prune
    .command('score')
    .description('a score for every training example, as NPY float32 in data-set order; high means keep in every metric')
    .option(
      '--metric <name>',
      'el2n, margin, grand, forgetting, ensemble (DDD), disagreement, prototypes, self-prototypes, memorization, influence, influence-sum, herding, k-centre or random; each says what it is',
    )
    .option(
      '--checkpoint <run>',
      'score this model instead of training an ensemble: a run folder of `kindling warmup`, or a .safetensors file, with --model where it does not name one',
    )
    .option('--data-set <name>', `${dataSet}; with --checkpoint the run’s`)
    .option('--data <folder>', dataHelp)
    .option('--model <file>', `${models}, or the checkpoint’s)`)
    .option(
      '--seeds <n|list>',
      'models of the ensemble: how many, or which (default: 10; 200 for memorization and influence, 3 for prototypes, 1 for grand, forgetting, self-prototypes)',
    )
    .option('--steps <n>', 'training of each model, early on purpose (default: 200)', number('--steps'))
    .option('--epochs <n>', 'the same in epochs (default for forgetting: 5)', number('--epochs'))
    .option('--batch <n>', 'images a step (default: 64)', number('--batch'))
    .option('--lr <rate>', 'peak of the OneCycle (default: 0.003)', number('--lr'))
    .option('--every <n>', 'forgetting: steps between two looks at the whole set (default: an epoch)', number('--every'))
    .option('--clusters <k>', 'self-prototypes: centroids of the k-means (default: as many as classes)', number('--clusters'))
    .option('--share <share>', 'memorization, influence: of the examples that each model trains on (default: 0.7)', number('--share'))
    .option(
      '--pool <n>',
      'memorization, influence: study the first n of a class-balanced order; the others score −∞ (default: all)',
      number('--pool'),
    )
    .option('--limit <n>', 'herding, k-centre: examples that are taken one by one (default: 1000)', number('--limit'))
    .option('--adapter <name>', adapterHelp)
    .option('--out <file>', 'scores as .npy; a .json beside it says how they were made')
    .option('--json', jsonHelp)
    .addHelpText(
      'after',
      examples(
        'prune score --metric el2n --out el2n.npy',
        'prune score --metric margin --checkpoint runs/<run> --out margin.npy --json',
        'prune score --metric el2n --checkpoint net.safetensors --model resnet-small --data-set cifar10 --out el2n.npy',
        'prune score --metric forgetting --epochs 3 --data-set fashion-mnist --out forgetting.npy',
      ),
    )
    .action(async (options) => finish(await (await import('./score.js')).score(options)));

  prune
    .command('select')
    .description('which examples stay: a keep list with indices and hash that any program can check; needs no device')
    .option('--scores <file>', 'NPY float32, one a training example, of `prune score` or your own; or the word random')
    .option('--fraction <share>', 'share that stays, above 0, at most 1: round(share · N) examples', number('--fraction'))
    .option('--keep <which>', 'hard keeps the highest scores, easy the lowest (default: hard)')
    .option(
      '--balance <share>',
      'each class keeps at least ⌈balance · fraction · its size⌉; 0: no floor (default: 0.5)',
      number('--balance'),
    )
    .option('--seed <n>', 'with --scores random: its draw; other scores draw nothing, as ties go by index (default: 1)', number('--seed'))
    .option(
      '--never-learned <how>',
      'scores of +∞, as forgetting gives what no model learned: most (forgotten most of all), none (never forgotten) or out (kept last) (default: most)',
    )
    .option('--data-set <name>', dataSet)
    .option('--data <folder>', dataHelp)
    .option('--out <file>', 'the keep list, JSON')
    .option('--npy <file>', 'also the indices alone, NPY uint32')
    .option('--json', jsonHelp)
    .addHelpText(
      'after',
      '\nThe list: {recipe, metric, sign, seed, fraction, indices, hash, …}; sign 1: the highest scores are kept, −1: the lowest. Indices ascend, and count from 0 in\nthe order of the training half. hash is the SHA-256 of the indices as little-endian u32; in Python:\n  hashlib.sha256(numpy.array(keep["indices"], "<u4").tobytes()).hexdigest()\nFloors come first, then the highest (or lowest) scores whatever the class; ties go to the lower index.\n' +
        examples(
          'prune select --scores el2n.npy --fraction 0.5 --out keep.json',
          'prune select --scores el2n.npy --fraction 0.2 --keep easy --balance 0 --out keep.json --npy keep.npy',
          'prune select --scores random --seed 3 --fraction 0.5 --out random.json',
        ),
    )
    .action(async (options) => finish(await (await import('./select.js')).select(options)));

  prune
    .command('compare <first> <second>')
    .description('two files of scores: their rank correlation, and how much of what they keep is the same; or two keep lists')
    .option('--fraction <share>', 'scores: share that each would keep, without class floors (default: 0.3)', number('--fraction'))
    .option('--keep <which>', 'scores: hard, the highest, or easy, the lowest (default: hard)')
    .option('--json', `{rankCorrelation, overlap: {common, ofFirst, ofSecond, jaccard, chance}}; ${jsonHelp}`)
    .addHelpText('after', examples('prune compare grand-at-init.npy el2n.npy', 'prune compare keep-most.json keep-out.json --json'))
    .action(async (first, second, options) => finish(await (await import('./compare.js')).compare(first, second, options)));

  prune
    .command('curve')
    .description('test error against the share kept: scores, prunes and retrains by every metric, with random beside; leaves a folder')
    .option('--metrics <list>', 'of those that `prune score` knows; random is always drawn beside (default: el2n,random)')
    .option('--fractions <list>', 'shares that are kept; all of it is always trained on too (default: .1,.2,.3,.4,.6,.8,1)')
    .option('--keep <list>', 'hard, easy or both (default: hard,easy)')
    .option('--balance <share>', 'class floor as in `prune select` (default: 0.5)', number('--balance'))
    .option('--seeds <n|list>', 'of the retraining, and of the random subsets: how many, or which (default: 5)')
    .option('--steps <n>', 'of each retraining, the same for every share (default: 500)', number('--steps'))
    .option('--batch <n>', 'images a step (default: 64)', number('--batch'))
    .option('--lr <rate>', 'peak of the OneCycle (default: 0.003)', number('--lr'))
    .option('--score-seeds <n|list>', 'models that score (default: as `prune score`)')
    .option('--score-steps <n>', 'steps of each of them (default: as `prune score`)', number('--score-steps'))
    .option('--data-set <name>', dataSet)
    .option('--data <folder>', dataHelp)
    .option('--model <file>', `${models})`)
    .option(
      '--together <n>',
      'most trials in the same dispatches: bounds memory, and what a kill loses (default: 16)',
      number('--together'),
    )
    .option('--transfer-to <name>', 'also fine-tune each trained model on all of this data set, and judge it there (default: not)')
    .option('--transfer-steps <n>', 'of fine-tuning (default: 100)', number('--transfer-steps'))
    .option('--adapter <name>', adapterHelp)
    .option('--out <folder>', 'the results’ folder; the same command goes on after a stop or kill')
    .option('--json', `{cells: [{arm, fraction, n, error, low, high, againstRandom}], laws, words, …}; ${jsonHelp}`)
    .addHelpText(
      'after',
      examples(
        'prune curve --out runs/curve',
        'prune curve --metrics el2n,margin,forgetting --fractions .05,.1,.2,.4,.8 --steps 2000 --out runs/metrics',
        'prune curve --data-set fashion-mnist --seeds 8 --out runs/garments',
      ),
    )
    .action(async (options) => finish(await (await import('./curve.js')).curve(options)));
}

import { join } from 'node:path';
import { parseRunRecipe, type RunRecipe } from '@kindling/warmup';
import { header, type RecordedTrial, recordTrial } from '../record-trial.js';
import { formatReasons, formatSetup, formatSplit, formatTrials } from '../report.js';
import { defaultRunPath, RunWriter, writeFigures } from '../run-folder.js';
import { openSession } from '../session.js';
import { interruptSignal, print, printJson, say } from '../terminal.js';
import { tuneIfAsked } from '../tuning.js';

export interface StartOptions {
  readonly steps?: number;
  readonly seed?: number;
  readonly adapter?: string;
  readonly data?: string;
  readonly out?: string;
  readonly tune?: boolean;
  readonly retune?: boolean;
  readonly json?: boolean;
}

/** Plain training, then warm-up in the published arm, with its label mended, and replaced by nothing. */
const TRIALS = [
  { name: 'p0', arm: 'published', p: 0 },
  { name: 'p0.3-published', arm: 'published', p: 0.3 },
  { name: 'p0.3-standardised', arm: 'standardised', p: 0.3 },
  { name: 'p0.3-skip', arm: 'skip', p: 0.3 },
];

/** The main job: Experiment 2 on real MNIST, the published method beside its controls. */
export async function start(options: StartOptions): Promise<number> {
  const given = {
    ...(options.steps === undefined ? {} : { steps: options.steps }),
    ...(options.seed === undefined ? {} : { seed: options.seed }),
  };
  const asked = TRIALS.map(({ arm, p }): RunRecipe => parseRunRecipe({ experiment: 'count', arm, p, ...given }));
  const { steps, batch, seed } = asked[0]!;
  const signal = interruptSignal();
  say('Experiment 2: count the ones of random binary images, then learn MNIST.');
  const session = await openSession(options);
  const recipes = await tuneIfAsked(session, asked, options, signal);
  const { train, test, name } = session.facts;
  const folder = options.out ?? defaultRunPath('start');
  const named = (['steps', 'seed', 'data', 'adapter'] as const).filter((option) => options[option] !== undefined);
  const flags = (['tune', 'retune'] as const).filter((option) => options[option]);
  const restart = ['kindling start', ...named.map((option) => `--${option} ${options[option]}`), ...flags.map((flag) => `--${flag}`)].join(
    ' ',
  );
  const all = new RunWriter(
    folder,
    await header(session, {
      name: 'Experiment 2: count, then MNIST',
      experiment: 'count',
      steps,
      batch,
      seed,
      trials: Object.fromEntries(TRIALS.map((trial, i) => [trial.name, recipes[i]])),
    }),
  );
  say(
    `${name}: ${train.toLocaleString('en')} training and ${test.toLocaleString('en')} test images; ${steps} steps of ${batch}, seed ${seed}\n`,
  );
  const trials: RecordedTrial[] = [];
  for (const [i, recipe] of recipes.entries()) {
    trials.push(
      await recordTrial(session, recipe, {
        folder: join(folder, 'trials', TRIALS[i]!.name),
        trial: TRIALS[i]!.name,
        also: all,
        signal,
        label: `${recipe.p === 0 ? 'no warm-up' : recipe.arm} p=${recipe.p}`.padEnd(18),
        restart,
      }),
    );
  }
  const best = trials.reduce((a, b) => (b.result.accuracy > a.result.accuracy ? b : a));
  all.saveModel(best.model);
  await writeFigures(folder);
  session.close();
  if (options.json) {
    const rows = trials.map(({ recipe, result, folder: run }) => ({ ...recipe, ...result, run }));
    printJson({ adapter: session.adapter, data: session.facts, setup: session.setup, trials: rows, run: folder });
    return 0;
  }
  say('');
  print(formatTrials(trials));
  print(`\nWhy they differ (p=0 is plain training: no warm-up, every step on ${name}):\n${formatReasons(trials)}\n`);
  const split = formatSplit(trials);
  if (split) print(split);
  print(formatSetup(session.setup, name));
  print(`Run folder: ${folder} (loss, accuracy and time as .svg and .png; the model of ${best.recipe.p === 0 ? 'p=0' : best.recipe.arm}).`);
  print(`Next: npx kindling evaluate ${folder}, or npx kindling predict ${folder} mnist:0`);
  return 0;
}

import { join } from 'node:path';
import { InputError } from '@kindling/core';
import { drawRows, type SweepLine, tInterval, toPng } from '@kindling/figures';
import { parseRunRecipe, planTrial, type RunRecipe, runTrials } from '@kindling/warmup';
import { wholeOption } from '../datagen/recipe.js';
import { writeWhole } from '../datagen/write.js';
import { formatTable } from '../format.js';
import { defaultRunPath, readJson } from '../run-folder.js';
import { openSession } from '../session.js';
import { seedsOf } from '../sweep/recipe.js';
import { type FolderKind, type ResultsCard, ResultsWriter, readResults } from '../sweep/results-folder.js';
import { describeData } from '../sweep/run.js';
import { interruptSignal, print, printJson, say } from '../terminal.js';
import { commit, versions } from '../versions.js';

export interface OnlineOptions {
  readonly family?: string;
  readonly keep?: string;
  readonly metric?: string;
  readonly candidates?: string;
  readonly p?: number;
  readonly steps?: number;
  readonly seeds?: string;
  readonly dataSet?: string;
  readonly adapter?: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** What the folder's results are results of. */
interface OnlineRecipe {
  readonly family: string;
  readonly metric: string;
  readonly keep: readonly string[];
  readonly candidates: readonly number[];
  /** Generated steps of the unpruned arm and of every pruned one, and natural steps after them. */
  readonly steps: number;
  readonly naturalSteps: number;
  readonly seeds: readonly number[];
  readonly dataSet: string;
}

/** One way of training: its name, its generated steps and how they are pruned. */
interface Arm {
  readonly name: string;
  readonly generated: number;
  readonly select?: object;
  /** Forward passes of one image that a step costs by image trained on; a backward pass counts as two. */
  readonly passes: number;
}

const KEEPS: Readonly<Record<string, object>> = {
  hard: { keep: 'hard' },
  easy: { keep: 'easy' },
  balanced: { keep: 'hard', balanced: true },
};
/** Forward and backward pass of a training step, in forward passes. */
const TRAIN_PASSES = 3;

/** Plain training, plain training of the same compute as each number of candidates, and every pruned stream. */
function armsOf({ keep, candidates, metric, steps }: OnlineRecipe): Arm[] {
  const equal = candidates.map((k): Arm => {
    const generated = Math.round((steps * (TRAIN_PASSES + k)) / TRAIN_PASSES);
    return { name: `plain, compute of ×${k}`, generated, passes: TRAIN_PASSES };
  });
  const pruned = candidates.flatMap((k) =>
    keep.map(
      (which): Arm => ({
        name: `${which} ×${k}`,
        generated: steps,
        select: { metric, candidates: k, ...KEEPS[which] },
        passes: TRAIN_PASSES + k,
      }),
    ),
  );
  return [{ name: 'plain', generated: steps, passes: TRAIN_PASSES }, ...equal, ...pruned];
}

interface OnlineCard extends ResultsCard {
  readonly kind: 'prune-online';
  readonly recipe: OnlineRecipe;
}

const keyOf = (arm: string, seed: number): string => JSON.stringify([arm, seed]);

const ONLINE: FolderKind<OnlineCard> = {
  card: 'recipe.json',
  what: 'pruned stream',
  readCard(path) {
    const file = join(path, 'recipe.json');
    const card = readJson(file) as OnlineCard;
    if (card?.kind === 'prune-online' && Array.isArray(card.recipe?.seeds)) return card;
    const next = 'choose another --out';
    throw new InputError({ subject: file, got: 'another kind of JSON', expected: 'the recipe of `kindling prune online`', next });
  },
  difference(had, asked) {
    const text = (value: unknown): string => JSON.stringify(value);
    const field = (Object.keys(asked.recipe) as (keyof OnlineRecipe)[]).find((key) => text(had.recipe[key]) !== text(asked.recipe[key]));
    return field && { field, a: text(had.recipe[field]), b: text(asked.recipe[field]) };
  },
  keys: ({ recipe }) => armsOf(recipe).flatMap(({ name }) => recipe.seeds.map((seed) => keyOf(name, seed))),
  key: ({ arm, seed }) => keyOf(arm, seed),
  name: ({ arm, seed }) => `${arm}, seed ${seed}`,
};

function listOf(option: string, text: string, known: readonly string[]): string[] {
  const names = text.split(',').map((name) => name.trim());
  const odd = names.find((name) => !known.includes(name));
  if (odd === undefined) return [...new Set(names)];
  throw new InputError({
    subject: option,
    got: odd === '' ? 'an empty name' : odd,
    expected: known.join(', '),
    next: 'choose among these',
  });
}

function recipeFrom(options: OnlineOptions): OnlineRecipe {
  const p = options.p ?? 1;
  if (!(p > 0 && p <= 1)) {
    throw new InputError({ subject: '--p', got: String(p), expected: 'a share above 0, at most 1', next: 'write e.g. --p 1' });
  }
  const all = wholeOption('--steps', options.steps ?? 500, 1, 10_000_000);
  const steps = Math.max(1, Math.floor(p * all + 1e-9));
  return {
    family: options.family ?? 'strokes',
    metric: listOf('--metric', options.metric ?? 'el2n', ['el2n', 'margin'])[0]!,
    keep: listOf('--keep', options.keep ?? 'hard,easy,balanced', Object.keys(KEEPS)),
    candidates: (options.candidates ?? '2,4')
      .split(',')
      .map((text) => wholeOption('--candidates', text.trim() === '' ? Number.NaN : Number(text), 2, 256)),
    steps,
    naturalSteps: all - steps,
    seeds: seedsOf(options.seeds ?? '5'),
    dataSet: options.dataSet ?? 'mnist',
  };
}

/** The trial of an arm and seed. */
function trialOf({ family, naturalSteps }: OnlineRecipe, { generated, select }: Arm, seed: number): RunRecipe {
  const steps = generated + naturalSteps;
  return parseRunRecipe({ experiment: `family:${family}`, arm: 'kept', p: generated / steps, steps, seed, ...(select ? { select } : {}) });
}

/** One arm's results. */
interface Row {
  readonly arm: string;
  readonly generatedSteps: number;
  readonly passes: number;
  readonly accuracy: { readonly mean: number; readonly low: number | null; readonly high: number | null };
  readonly secondsPerTrial: number;
  readonly seeds: number;
}

function summarise(recipe: OnlineRecipe, lines: readonly SweepLine[]): Row[] {
  return armsOf(recipe).map(({ name, generated, passes }) => {
    const own = lines.filter(({ arm }) => arm === name);
    const { mean, low, high } = tInterval(own.map(({ accuracy }) => accuracy));
    const spent = own.map(({ time }) => (time.generate ?? 0) + (time.load ?? 0) + (time.train ?? 0));
    return {
      arm: name,
      generatedSteps: generated,
      passes: generated * passes,
      accuracy: { mean, low, high },
      secondsPerTrial: spent.reduce((sum, seconds) => sum + seconds, 0) / spent.length,
      seeds: own.length,
    };
  });
}

async function figure(recipe: OnlineRecipe, rows: readonly Row[]): Promise<string> {
  const { family, metric, steps, naturalSteps, dataSet, seeds } = recipe;
  return drawRows({
    title: 'A pruned stream against plain training of the same compute',
    subtitle:
      `${dataSet} test images, trained on ${family}, generated on the GPU` +
      `${naturalSteps > 0 ? `, then ${naturalSteps} natural steps` : ', no natural image'}; candidates scored by ${metric}.`,
    heading: 'Test accuracy (%), and forward passes of a batch that it took (a backward pass counts as two)',
    rows: rows.map(({ arm, passes, accuracy: { mean, low, high } }) => ({
      label: arm,
      value: 100 * mean,
      note: `${passes.toLocaleString('en')} passes`,
      ...(low === null || high === null ? {} : { low: 100 * low, high: 100 * high }),
    })),
    captions: [`${steps} generated steps of 64 where not more by “compute of”; ${seeds.length} seeds, mean and 95 % t-interval.`],
  });
}

/** Trains what is missing, an arm's seeds together. */
async function train(recipe: OnlineRecipe, writer: ResultsWriter<OnlineCard>, adapter: string | undefined): Promise<void> {
  const have = new Set(writer.found.map(({ arm, seed }) => keyOf(arm, seed)));
  const open = armsOf(recipe)
    .map((arm) => ({ arm, seeds: recipe.seeds.filter((seed) => !have.has(keyOf(arm.name, seed))) }))
    .filter(({ seeds }) => seeds.length > 0);
  if (open.length === 0) return;
  const signal = interruptSignal();
  const session = await openSession({ dataSet: recipe.dataSet, adapter });
  const { device, data } = session;
  writer.requireData(recipe.dataSet, describeData(session.natural));
  for (const { arm, seeds } of open) {
    const started = performance.now();
    const trials = seeds.map((seed) => trialOf(recipe, arm, seed));
    const results = await runTrials({ device, data, signal, onEvent: () => undefined }, trials);
    results[0]!.parameters.destroy();
    const lines = results.map(({ accuracy, testLoss, time, warmup, split }, i): SweepLine => {
      const { experiment, p, steps } = trials[i]!;
      const identity = { experiment, arm: arm.name, p, steps, seed: seeds[i]!, dataSet: recipe.dataSet };
      const facts = { time: { ...time }, split, warmup, together: seeds.length, adapter: session.adapter };
      return { ...identity, accuracy, testLoss: Number.isFinite(testLoss) ? testLoss : null, ...facts };
    });
    writer.append(lines);
    const { mean } = tInterval(lines.map(({ accuracy }) => accuracy));
    say(
      `kindling: ${arm.name}: ${(100 * mean).toFixed(2)} % over ${seeds.length} seeds, ${((performance.now() - started) / 1000).toFixed(0)} s`,
    );
  }
  session.close();
}

/** `kindling prune online`: what pruning a generated stream as it is made costs and brings. */
export async function online(options: OnlineOptions): Promise<number> {
  const recipe = recipeFrom(options);
  // Refusals of the family, its labels and its options come before a device is asked for.
  for (const arm of armsOf(recipe)) planTrial(trialOf(recipe, arm, recipe.seeds[0]!));
  const path = options.out ?? defaultRunPath('online');
  const lineCount = armsOf(recipe).length * recipe.seeds.length;
  const card: OnlineCard = {
    kind: 'prune-online',
    recipe,
    lines: lineCount,
    data: {},
    versions: versions(),
    commit: commit()?.commit ?? null,
    date: new Date().toISOString(),
  };
  const writer = new ResultsWriter(ONLINE, path, card);
  for (const note of writer.notes) say(`kindling: ${note}`);
  try {
    await train(recipe, writer, options.adapter);
  } finally {
    writer.close();
  }
  const { lines } = readResults(path, ONLINE);
  const rows = summarise(recipe, lines);
  const svg = await figure(recipe, rows);
  writeWhole(join(path, 'online.json'), `${JSON.stringify({ recipe, arms: rows }, null, 2)}\n`);
  writeWhole(join(path, 'online.svg'), svg);
  writeWhole(join(path, 'online.png'), await toPng(svg));
  if (options.json) {
    printJson({ out: path, recipe, arms: rows });
    return 0;
  }
  const percent = (share: number | null): string => (share === null ? '–' : (100 * share).toFixed(2));
  const cells = rows.map(({ arm, generatedSteps, passes, accuracy: { mean, low, high }, secondsPerTrial }) => [
    arm,
    String(generatedSteps),
    String(passes),
    percent(mean),
    low === null ? '–' : `${percent(low)} … ${percent(high)}`,
    secondsPerTrial.toFixed(1),
  ]);
  print(formatTable(['arm', 'generated steps', 'forward passes', 'accuracy %', '95 %', 's a trial'], cells));
  print(`Figure: ${join(path, 'online.svg')}`);
  return 0;
}

import { join } from 'node:path';
import { InputError } from '@kindling/core';
import {
  drawWorth,
  fairVerdicts,
  needText,
  rangeText,
  toPng,
  verdict,
  type WorthEstimate,
  worthMarkdown,
  worthOf,
} from '@kindling/figures';
import { WORTH_BASELINE, WORTH_EQUAL } from '@kindling/warmup';
import { wholeOption } from '../datagen/recipe.js';
import { writeWhole } from '../datagen/write.js';
import { formatTable } from '../format.js';
import { formatDuration } from '../sweep/progress.js';
import { ResultsWriter } from '../sweep/results-folder.js';
import type { RunSummary } from '../sweep/run.js';
import { interruptSignal, print, printJson, say } from '../terminal.js';
import { commit, versions } from '../versions.js';
import { readWorth, WORTH, type WorthCard } from './folder.js';
import { worthTrials } from './plan.js';
import { targetsOf, type WorthAsked, type WorthRecipe, worthRecipe } from './recipe.js';
import { runWorthTrials } from './run.js';

export interface WorthOptions extends WorthAsked {
  readonly together?: number;
  readonly adapter?: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** Most trials in the same dispatches unless told otherwise. */
const TOGETHER = 16;

/** How the natural images of a trial are chosen. */
const SUBSET = 'class-balanced: the first n of an order in which the classes take turns, each shuffled by the seed; the same in every arm';

const INTERVAL =
  '95 %: bootstrap over seeds, the same ones at every n and in every arm, percentiles widened for few seeds (Hesterberg 2015); ' +
  'the isotonic fit of the mean accuracies, linear in log n; null: the ladder of n does not bound it';

/** What a trial of the recipe does, in words. */
const doneText = ({ steps, warmupSteps, batch, lr, select }: WorthRecipe): string =>
  `${steps} natural steps of ${batch} whatever n, after ${warmupSteps} on generated batches where an arm has a warm-up` +
  `${select ? `, each the ${select.keep === 'hard' ? 'hardest' : 'easiest'} of ${select.candidates} times as many by ${select.metric}` : ''}; ` +
  `each phase has a fresh Adam and a OneCycle of its own up to ${lr}`;

/** What the results say against plain training, and against plain training that computes as much. */
interface Estimates {
  readonly estimate: WorthEstimate;
  readonly fair: WorthEstimate | undefined;
}

/** The folder's README: recipe, figure, tables. */
function readme(card: WorthCard, { estimate, fair }: Estimates, adapters: string): string {
  const { recipe, data, commit: code, versions: used, date } = card;
  const set = Object.values(data)[0];
  const head = [
    `# How many natural images a generated warm-up replaces: ${recipe.dataSet}`,
    '',
    `Written by \`kindling worth\` ${used.kindling}${code ? ` (${code.slice(0, 7)})` : ''}, ${date.slice(0, 10)}, on ${adapters}. ` +
      `${set ? `${set.train} training and ${set.test} test images. ` : ''}Poster CNN, ${recipe.seeds.length} seeds; ${doneText(recipe)}. ` +
      'So an arm with a warm-up computes more: `longer` is plain training for as many steps in all.',
    '',
    `Natural images: ${SUBSET}.`,
    '',
    `Intervals: ${INTERVAL}. They cover chance in weights, batches and the choice of images, not in the test images.`,
    '',
    '![accuracy against n](worth.svg)',
    '',
  ];
  return `${head.join('\n')}\n${worthMarkdown(estimate, fair)}`;
}

const caption = ({ recipe, commit: code, date }: WorthCard, adapters: string): string[] => [
  [recipe.dataSet, doneText(recipe), adapters, date.slice(0, 10), ...(code ? [`commit ${code.slice(0, 7)}`] : [])].join(' · '),
];

/** Estimates from what the folder holds, and writes worth.json, the figure and the README. */
async function conclude(path: string, targets: readonly number[]): Promise<Estimates & { document: object }> {
  const { card, lines, notes } = readWorth(path);
  for (const note of notes) say(`kindling: ${note}`);
  const { recipe } = card;
  const estimate = worthOf(lines, targets, { baseline: WORTH_BASELINE });
  const fair = recipe.arms.includes(WORTH_EQUAL) ? worthOf(lines, targets, { baseline: WORTH_EQUAL }) : undefined;
  const adapters = [...new Set(lines.map(({ adapter }) => adapter ?? 'an unknown adapter'))].join('; ');
  const trained = lines.reduce((sum, { steps }) => sum + steps, 0);
  // A seed's warm-up is trained once and begins the trials of every n.
  const warmups = new Map(lines.map(({ arm, seed, warmupSteps }) => [`${arm} ${seed}`, warmupSteps]));
  const generated = [...warmups.values()].reduce((sum, steps) => sum + steps, 0);
  const document = {
    kind: 'worth',
    recipe,
    subset: SUBSET,
    interval: INTERVAL,
    adapters,
    steps: { natural: trained, generated },
    ...estimate,
    // Against `longer`, which takes as many steps in all as the arms with a warm-up.
    equalCompute: fair ? fair.targets.map(({ target, ratios }) => ({ target, baseline: fair.baseline, ratios })) : null,
  };
  const figure = await drawWorth(estimate, caption(card, adapters));
  writeWhole(join(path, 'worth.json'), `${JSON.stringify(document, null, 2)}\n`);
  writeWhole(join(path, 'worth.svg'), figure.wide);
  writeWhole(join(path, 'worth.png'), await toPng(figure.wide));
  writeWhole(join(path, 'README.md'), readme(card, { estimate, fair }, adapters));
  return { document, estimate, fair };
}

/** Every arm's need at every target, as one table. */
function tables({ estimate, fair }: Estimates): void {
  const { targets, n, baseline } = estimate;
  for (const { target, arms, ratios } of targets) {
    print(`Natural images needed for ${Number((100 * target).toFixed(2))} %:`);
    const rows = arms.map((need) => {
      const ratio = ratios.find(({ arm }) => arm === need.arm)?.ratio;
      const compared = ratio ? [ratio.value === null ? '–' : ratio.value.toFixed(2), rangeText(ratio.low, ratio.high)] : ['1', '–'];
      return [need.arm, needText(need, n), rangeText(need.low, need.high), ...compared];
    });
    print(formatTable(['arm', 'n', '95 %', `${baseline} ÷ n`, '95 %'], rows));
    for (const ratio of ratios) print(`  ${verdict(ratio, baseline)}`);
    const equal = fair ? fairVerdicts(fair).find((one) => one.target === target)!.verdicts : [];
    for (const text of equal) print(`  with as much compute: ${text}`);
    print();
  }
}

/** How many natural images a generated warm-up replaces: trains every arm on a ladder of n; goes on where an earlier call was stopped. */
export async function worth(options: WorthOptions): Promise<number> {
  const recipe = worthRecipe(options);
  const targets = targetsOf(options.targets);
  const together = wholeOption('--together', options.together ?? TOGETHER, 1, 4096);
  if (options.out === undefined) {
    const next = 'write e.g. --out runs/worth; the same command with the same --out goes on after a stop';
    throw new InputError({ subject: '--out', got: 'nothing', expected: 'the folder of the results', next });
  }
  const card: WorthCard = {
    kind: 'worth',
    recipe,
    lines: worthTrials(recipe).length,
    data: {},
    versions: versions(),
    commit: commit()?.commit ?? null,
    date: new Date().toISOString(),
  };
  const signal = interruptSignal();
  const writer = new ResultsWriter(WORTH, options.out, card);
  let result: RunSummary;
  try {
    for (const note of writer.notes) say(`kindling: ${note}`);
    const { data, adapter } = options;
    result = await runWorthTrials(recipe, writer, { together, data, adapter, named: options.dataSet !== undefined, signal });
  } finally {
    writer.close();
  }
  const { document, estimate, fair } = await conclude(options.out, targets);
  if (options.json) {
    printJson({ folder: options.out, ...result, ...document });
    return 0;
  }
  tables({ estimate, fair });
  for (const note of estimate.notes) print(`Note: ${note}.`);
  const { ran, found, seconds } = result;
  print(`${ran} trials in ${formatDuration(seconds)}${found > 0 ? `, ${found} were there already` : ''}. ${INTERVAL}.`);
  print(`Folder: ${options.out} (results.jsonl, worth.json, worth.svg, worth.png, README.md)`);
  return 0;
}

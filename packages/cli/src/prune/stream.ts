import { join } from 'node:path';
import { InputError } from '@kindling/core';
import { drawLines, toPng } from '@kindling/figures';
import { checkStream, type PerceptronStream, runStream, type StreamPoint } from '@kindling/pruning';
import { makeFolder, writeWhole } from '../datagen/write.js';
import { formatTable } from '../format.js';
import { openAnnounced } from '../session.js';
import { interruptSignal, print, printJson, say } from '../terminal.js';
import { namingOptions } from './theory.js';

export interface PruneStreamOptions {
  readonly task?: string;
  readonly score?: string;
  readonly pool?: number;
  readonly batch?: number;
  readonly dimension?: number;
  readonly steps?: number;
  readonly seeds?: number;
  readonly seed?: number;
  readonly out?: string;
  readonly adapter?: string;
  readonly json?: boolean;
}

/** One way to spend a step. */
interface Arm {
  readonly name: string;
  readonly keep: PerceptronStream['keep'];
  readonly candidates: number;
  readonly kept: number;
  /** Multiply-adds of a step by N: a field for each candidate, and as many for each example that may be learned from. */
  readonly cost: number;
}

interface ArmResult extends Arm {
  readonly points: readonly StreamPoint[];
  /** d ln(error)/d ln(steps) over the last half of the steps. */
  readonly exponent: number;
}

/** The arms for B examples out of k·B: both ends kept, as many random ones, random ones for the same compute, and every candidate. */
function armsOf(batch: number, pool: number): Arm[] {
  const arm = (name: string, keep: Arm['keep'], candidates: number, kept: number): Arm => ({
    name,
    keep,
    candidates,
    kept,
    cost: candidates + kept,
  });
  // A pruned step costs k·B fields and B updates, an unpruned example one of each.
  const same = Math.max(1, Math.round(((pool + 1) * batch) / 2));
  return [
    arm('keep hard', 'hard', pool * batch, batch),
    arm('keep easy', 'easy', pool * batch, batch),
    arm('unpruned, as many examples', 'random', batch, batch),
    arm('unpruned, same compute', 'random', same, same),
    arm('unpruned, every candidate', 'random', pool * batch, pool * batch),
  ];
}

/** Records of a run. */
const RECORDS = 40;

function checked(options: PruneStreamOptions): { batch: number; pool: number } {
  const { task, pool = 8, batch = 16 } = options;
  const refuse = (subject: string, got: unknown, expected: string, next: string): never => {
    throw new InputError({ subject, got: String(got), expected, next });
  };
  if (task !== 'perceptron') refuse('--task', task ?? 'nothing', 'perceptron', 'give --task perceptron');
  for (const [option, value, least] of [
    ['--pool', pool, 2],
    ['--batch', batch, 1],
  ] as const) {
    if (!Number.isInteger(value) || value < least)
      refuse(option, value, `a whole number, ${least} or more`, 'give e.g. --pool 8 --batch 16');
  }
  if (pool * batch > 1024)
    refuse('--pool', `${pool} · ${batch} = ${pool * batch} candidates a step`, 'at most 1024', 'give a smaller pool or batch');
  return { batch, pool };
}

const last = (points: readonly StreamPoint[]): StreamPoint => points.at(-1)!;
const exponentOf = (points: readonly StreamPoint[]): number => {
  const half = points[Math.ceil(points.length / 2) - 1]!;
  return Math.log(last(points).mean / half.mean) / Math.log(last(points).steps / half.steps);
};

/** The first step at which the line through an arm's points is as low as `error`; null where it never is. */
function stepsUntil(points: readonly StreamPoint[], error: number): number | null {
  const at = points.findIndex(({ mean }) => mean <= error);
  if (at < 0) return null;
  const [before, after] = [points[Math.max(0, at - 1)]!, points[at]!];
  if (at === 0 || before.mean === after.mean) return after.steps;
  return before.steps + ((after.steps - before.steps) * Math.log(before.mean / error)) / Math.log(before.mean / after.mean);
}

/** `kindling prune stream`: what pruning a generated stream by the student itself is worth, on the perceptron. */
export async function stream(options: PruneStreamOptions): Promise<number> {
  const { batch, pool } = checked(options);
  const { dimension = 100, seeds = 32, seed = 0, steps: wanted = 800, score = 'field', out } = options;
  const every = Math.max(1, Math.floor(wanted / RECORDS));
  const steps = Number.isInteger(wanted) ? Math.floor(wanted / every) * every : wanted;
  const shared = { dimension, score: score as PerceptronStream['score'], steps, seeds, seed, every };
  namingOptions(() => {
    for (const arm of armsOf(batch, pool)) checkStream({ ...arm, ...shared });
  });
  const signal = interruptSignal();
  if (out !== undefined) makeFolder(out);
  const { device, name } = await openAnnounced(options.adapter);
  const arms: ArmResult[] = [];
  try {
    for (const arm of armsOf(batch, pool)) {
      const { keep, candidates, kept } = arm;
      let shown = performance.now();
      const onProgress = (done: number): void => {
        if (performance.now() - shown < 10_000) return;
        shown = performance.now();
        say(`${arm.name}: ${done}/${steps} steps`);
      };
      const points = await runStream(device, { keep, candidates, kept, ...shared }, { signal, onProgress });
      arms.push({ ...arm, points, exponent: exponentOf(points) });
    }
  } finally {
    device.destroy();
  }
  const hard = arms[0]!;
  const reach = arms.map(({ name: arm, points, cost }) => {
    const needed = stepsUntil(hard.points, last(points).mean);
    return { arm, hardNeeds: needed, computeShare: needed === null ? null : (needed * hard.cost) / (steps * cost) };
  });
  const result = { task: 'perceptron', score, dimension, batch, pool, steps, seeds, seed, adapter: name, arms, reach };
  if (out !== undefined) await writeStream(out, result);
  if (options.json) printJson(result);
  else {
    const rows = arms.map(({ name: arm, cost, kept, points, exponent }, i) => [
      arm,
      String(kept),
      String(cost),
      last(points).mean.toPrecision(3),
      last(points).se?.toPrecision(2) ?? '–',
      exponent.toFixed(2),
      i === 0 || reach[i]!.computeShare === null ? '–' : `${(100 * reach[i]!.computeShare!).toFixed(0)} %`,
    ]);
    print(
      formatTable(['arm', 'trained a step', 'cost a step / N', `error after ${steps}`, 'SE', 'exponent', 'compute of keep hard'], rows),
    );
    print(
      '\nexponent: of the error in steps, over the last half. Compute of keep hard: its share of the arm’s compute for the arm’s last error.',
    );
    if (out !== undefined) print(`Figure and numbers: ${out}`);
  }
  return 0;
}

interface StreamResult {
  readonly dimension: number;
  readonly batch: number;
  readonly pool: number;
  readonly seeds: number;
  readonly score: string;
  readonly arms: readonly ArmResult[];
}

async function writeStream(folder: string, result: StreamResult): Promise<void> {
  const { dimension, batch, pool, seeds, arms } = result;
  const y = { label: 'share misclassified', log: true };
  const series = (scale: (arm: ArmResult) => number) =>
    arms.map((arm) => ({
      label: arm.name,
      points: arm.points.map(({ steps, mean, se }) => ({
        x: steps * scale(arm),
        y: mean,
        low: mean - 2 * (se ?? 0),
        high: mean + 2 * (se ?? 0),
      })),
    }));
  const svg = await drawLines({
    title: 'A generated stream, pruned by the student that it teaches',
    subtitle: `Perceptrons in N = ${dimension}, ${seeds} seeds; a pruned step makes ${pool * batch} candidates and learns from ${batch}.`,
    panels: [
      { x: { label: 'examples that may be learned from, by dimension', log: true }, y, series: series(({ kept }) => kept / dimension) },
      { x: { label: 'compute: multiply-adds by N²', log: true }, y, series: series(({ cost }) => cost / dimension) },
    ],
    captions: ['A candidate costs one product with the student, an example learned from one more. Bands: two standard errors.'],
  });
  writeWhole(join(folder, 'stream.json'), `${JSON.stringify(result, null, 1)}\n`);
  writeWhole(join(folder, 'stream.svg'), svg);
  writeWhole(join(folder, 'stream.png'), await toPng(svg));
}

import { appendFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '@kindling/core';
import { families } from '@kindling/datagen';
import { type SweepLine, sweepCells } from '@kindling/figures';
import { CONTROLLER_ARMS, type ControlledOptions, type ControlledResult, type ControllerArm, runControlled } from '@kindling/warmup';
import { wholeOption } from '../datagen/recipe.js';
import { header } from '../record-trial.js';
import { defaultRunPath, writeWhole } from '../run-folder.js';
import { openSession } from '../session.js';
import { seedsOf } from '../sweep/recipe.js';
import { interruptSignal, onDisk, print, printJson, say } from '../terminal.js';
import { cellsJson, formatCells } from './sweep.js';

export interface ControllerOptions {
  readonly arms?: string;
  readonly families?: string;
  readonly p?: number;
  readonly steps?: number;
  readonly seeds?: string;
  readonly batch?: number;
  readonly blockSteps?: number;
  readonly heldOut?: number;
  /** False after --no-class-weights. */
  readonly classWeights?: boolean;
  readonly gamma?: number;
  readonly learningRate?: number;
  readonly data?: string;
  readonly dataSet?: string;
  readonly adapter?: string;
  readonly out?: string;
  readonly json?: boolean;
}

function armsOf(text: string | undefined): ControllerArm[] {
  const arms = text === undefined ? [...CONTROLLER_ARMS] : text.split(',').map((arm) => arm.trim());
  const unknown = arms.find((arm) => !(CONTROLLER_ARMS as readonly string[]).includes(arm));
  if (unknown === undefined && new Set(arms).size === arms.length) return arms as ControllerArm[];
  const expected = `some of ${CONTROLLER_ARMS.join(', ')}, each once`;
  throw new InputError({ subject: '--arms', got: JSON.stringify(text), expected, next: 'write e.g. --arms uniform,exp3' });
}

/** @throws InputError for a family that there is none of; whether one has the natural labels is known with the data */
function partsOf(text: string): NonNullable<ControlledOptions['parts']> {
  const names = text.split(',').map((family) => family.trim());
  const known = Object.keys(families);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return names.map((family) => ({ recipe: { family } })) as NonNullable<ControlledOptions['parts']>;
  const next = 'see `kindling datagen list`';
  throw new InputError({ subject: '--families', got: JSON.stringify(unknown), expected: `some of ${known.join(', ')}`, next });
}

/** What does not need data or a device to be refused. @throws InputError naming the option */
function numbersOf({ p = 0.3, steps = 500, batch = 64, blockSteps = 5 }: ControllerOptions) {
  wholeOption('--steps', steps, 1, 10_000_000);
  wholeOption('--batch', batch, 1, 65_536);
  wholeOption('--block-steps', blockSteps, 1, 10_000_000);
  if (p > 0 && p <= 1) return { p, steps, batch, blockSteps };
  throw new InputError({ subject: '--p', got: String(p), expected: 'a number above 0, up to 1', next: 'write e.g. --p 0.3' });
}

/** Makes the folder. @throws InputError where it holds results already. */
function newFolder(folder: string): string {
  const results = join(folder, 'results.jsonl');
  if (existsSync(results)) {
    const next = 'choose another --out, or delete that folder';
    throw new InputError({ subject: '--out', got: `${folder}, which holds results`, expected: 'a new or empty folder', next });
  }
  onDisk(folder, 'a folder to write to', 'choose another --out', () => mkdirSync(folder, { recursive: true }));
  return results;
}

/** A line of results.jsonl: that of a sweep, with what the controller adds. */
function lineOf(result: ControlledResult, asked: ControlledOptions, dataSet: string, adapter: string): SweepLine {
  const { arm, seed, accuracy, testLoss, time, afterWarmup, decisions, end, traffic, warmupSteps } = result;
  const rewards = decisions.map(({ reward }) => reward);
  return {
    experiment: 'controller',
    arm,
    p: asked.p,
    steps: asked.steps,
    seed,
    dataSet,
    accuracy,
    testLoss: Number.isFinite(testLoss) ? testLoss : null,
    time: { ...time },
    split: 'none',
    together: asked.seeds.length,
    adapter,
    afterWarmup,
    heldOutLoss: end.loss,
    meanReward: rewards.reduce((sum, reward) => sum + reward, 0) / rewards.length,
    hostBytesPerStep: traffic.hostToGpuBytes / warmupSteps.length,
    dispatchesPerStep: traffic.dispatches / warmupSteps.length,
  };
}

/** Runs every arm on all seeds and keeps what was chosen, with which probability, and what came of it. */
export async function controller(options: ControllerOptions): Promise<number> {
  const arms = armsOf(options.arms);
  const seeds = seedsOf(options.seeds ?? '5');
  const { heldOut, gamma, learningRate, classWeights: weighClasses } = options;
  const parts = options.families === undefined ? undefined : partsOf(options.families);
  const numbers = numbersOf(options);
  const { steps } = numbers;
  const common = { ...numbers, seeds, parts, heldOut, weighClasses, gamma, learningRate };
  const folder = options.out ?? defaultRunPath('controller');
  const results = newFolder(folder);
  const signal = interruptSignal();
  const session = await openSession({ data: options.data, dataSet: options.dataSet, adapter: options.adapter });
  // The controller uploads its own share of the training half.
  session.data.destroy();
  const head = await header(session, { ...common, arms });
  const lines: SweepLine[] = [];
  const runs: object[] = [];
  for (const arm of arms) {
    let said = performance.now();
    const onProgress = (done: number): void => {
      if (done < steps && performance.now() - said < 15_000) return;
      said = performance.now();
      say(`${arm}  step ${done} of ${steps}, ${seeds.length} ${seeds.length === 1 ? 'seed' : 'seeds'}`);
    };
    const asked: ControlledOptions = { ...common, arm, signal, onProgress };
    const ended = await runControlled(session.device, session.natural, asked);
    ended[0]!.parameters.destroy();
    for (const result of ended) {
      const line = lineOf(result, asked, session.natural.name, session.adapter);
      lines.push(line);
      onDisk(results, 'a file to append to', 'free some space and run again', () => appendFileSync(results, `${JSON.stringify(line)}\n`));
      const { seed, actions, rule, decisions, end, warmupSteps } = result;
      runs.push({ arm, seed, rule, actions, decisions, end, warmupLosses: warmupSteps.map(({ loss }) => loss) });
    }
    // Whole after every arm, so that a stop leaves the arms before it.
    writeWhole(join(folder, 'log.json'), `${JSON.stringify({ ...head, runs })}\n`);
  }
  session.close();
  const cells = sweepCells(lines);
  if (options.json) {
    printJson({ folder, adapter: session.adapter, data: session.facts, ...common, cells: cellsJson(cells), lines });
    return 0;
  }
  print(formatCells(cells));
  print(`Folder: ${folder} (results.jsonl, log.json)`);
  return 0;
}

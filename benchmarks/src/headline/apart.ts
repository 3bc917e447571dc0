import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { loadMnist } from '@kindling/data/node';
import { Host } from '../host.js';
import { type Contestant, components, type Seconds, type Task } from './contestant.js';
import { jaxContestant } from './jax.js';
import { kindlingContestants } from './kindling.js';
import { tfjsContestant } from './tfjs.js';
import { torchContestants } from './torch.js';

/** In the order of the figure. */
export const contestants: readonly Contestant[] = [...kindlingContestants, ...torchContestants, jaxContestant, tfjsContestant];

/** Steps between two evaluations of the whole test half, for everyone. */
export const EVERY = 50;
/** Steps after which the losses of those that train on the same images are compared: later, rounding has grown. */
export const COMPARED = 10;

/** One run of one contestant. */
export interface HeadlineRun {
  readonly seed: number;
  /** Whether the accuracy was reached; if not, `seconds` are those until it gave up. */
  readonly reached: boolean;
  readonly steps: number;
  readonly accuracy: number;
  readonly seconds: Seconds;
  /** Of all components; evaluations are not among them. */
  readonly total: number;
  readonly curve: readonly { readonly step: number; readonly accuracy: number; readonly seconds: number }[];
  /** After `COMPARED` steps. */
  readonly loss: number;
}

/** Which run, as it travels to the process that does it. */
export interface RunRequest {
  readonly engine: string;
  readonly source: string;
  readonly seed: number;
  readonly maxSteps: number;
  readonly accuracy: number;
  readonly adapter?: string | undefined;
}

const sum = (seconds: Seconds): number => components.reduce((total, name) => total + seconds[name], 0);

async function trainTo(host: Host, contestant: Contestant, task: Task, target: number): Promise<HeadlineRun> {
  const run = await contestant.open(host, task);
  try {
    const curve: HeadlineRun['curve'][number][] = [];
    await run.train(COMPARED);
    const loss = await run.loss();
    let step = COMPARED;
    let accuracy = 0;
    while (accuracy < target && step < task.maxSteps) {
      const steps = Math.min(EVERY - (step % EVERY), task.maxSteps - step);
      await run.train(steps);
      step += steps;
      accuracy = await run.evaluate();
      curve.push({ step, accuracy, seconds: sum(run.seconds) });
    }
    const { seed } = task;
    return { seed, reached: accuracy >= target, steps: step, accuracy, seconds: { ...run.seconds }, total: sum(run.seconds), curve, loss };
  } finally {
    run.destroy();
  }
}

/** One run in this process. @throws with the reason when the contestant cannot run here */
export async function runHere({ engine, source, seed, maxSteps, accuracy, adapter }: RunRequest): Promise<HeadlineRun> {
  const contestant = contestants.find((one) => one.engine === engine && one.source === source)!;
  const host = await Host.open(adapter, () => undefined);
  return trainTo(host, contestant, { natural: await loadMnist(), maxSteps, seed }, accuracy);
}

const main = fileURLToPath(new URL('../main.js', import.meta.url));
const beside = fileURLToPath(new URL('./main.js', import.meta.url));

/**
 * One run in a process of its own, with the driver's disk cache of shaders empty: every engine compiles as on a user's first run, and none finds what
 * another left. Where the program is not at hand (a bundle), it runs here.
 * @throws Error with the reason
 */
export async function runApart(request: RunRequest): Promise<HeadlineRun> {
  const program = [beside, main].find((path) => existsSync(path));
  if (program === undefined) return runHere(request);
  const cache = mkdtempSync(join(tmpdir(), 'kindling-headline-cache-'));
  try {
    const env = { ...process.env, MESA_SHADER_CACHE_DIR: cache, MESA_SHADER_CACHE_DISABLE: 'false' };
    const child = spawn(process.execPath, [program, 'headline-run'], { stdio: ['pipe', 'pipe', 'pipe'], env });
    child.stdin.end(JSON.stringify(request));
    let last = '{}';
    let complaint = '';
    createInterface({ input: child.stdout }).on('line', (line) => {
      last = line;
    });
    createInterface({ input: child.stderr }).on('line', (line) => {
      complaint = line;
    });
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
    const answer =
      code === 0 ? (JSON.parse(last) as HeadlineRun | { problem: string }) : { problem: `it ended with ${code}: ${complaint}` };
    if ('problem' in answer) throw new Error(answer.problem);
    return answer;
  } finally {
    rmSync(cache, { recursive: true, force: true });
  }
}

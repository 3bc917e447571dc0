import type { WarmupTraffic } from '@kindling/warmup';
import { formatCount, formatLoss, formatSeconds, formatShare, formatTable, wrap } from './format.js';
import type { RecordedTrial } from './record-trial.js';
import type { SetupSeconds } from './session.js';

const PARTS = ['compile', 'teacher', 'generate', 'load', 'train', 'evaluate', 'total'] as const;

const traffic = (warmup: WarmupTraffic | null): string[] =>
  warmup ? [warmup.hostBytesPerStep, warmup.dispatchesPerStep, warmup.submitsPerStep].map(formatCount) : ['–', '–', '–'];

/** How trials ended and what their warm-up cost, then where their seconds went: two tables that fit 80 columns. */
export function formatTrials(trials: readonly RecordedTrial[]): string {
  const name = ({ recipe }: RecordedTrial): string[] => [recipe.p === 0 ? 'no warm-up' : recipe.arm, `p=${recipe.p}`];
  const results = formatTable(
    ['arm', '', 'accuracy', 'test loss', 'host→GPU bytes', 'dispatches', 'submits'],
    trials.map((trial) => [
      ...name(trial),
      formatShare(trial.result.accuracy),
      formatLoss(trial.result.testLoss),
      ...traffic(trial.result.warmup),
    ]),
    2,
  );
  const parts = PARTS.filter((part) => part !== 'teacher' || trials.some(({ result }) => result.time.teacher !== undefined));
  const seconds = formatTable(
    ['seconds', '', ...parts],
    trials.map((trial) => [...name(trial), ...parts.map((part) => formatSeconds(trial.result.time[part] ?? 0))]),
    2,
  );
  return `${results}\n(bytes, dispatches and submits: per warm-up step, as counted at the device)\n\n${seconds}`;
}

/** What was done once, and is in no trial's seconds. */
export const formatSetup = ({ read, open, upload }: SetupSeconds, data: string): string =>
  wrap(
    `Done once, shared by all and in no row: ${data} read and checked in ${formatSeconds(read)} s, device opened in ` +
      `${formatSeconds(open)} s, data packed and uploaded in ${formatSeconds(upload)} s.`,
  );

/** Why each trial ended where it did, against plain training where there is one. */
export function formatReasons(trials: readonly RecordedTrial[]): string {
  const plain = trials.find(({ recipe }) => recipe.p === 0);
  return trials
    .filter((trial) => trial !== plain)
    .map(({ recipe, result }) => {
      const points = plain ? 100 * (result.accuracy - plain.result.accuracy) : 0;
      const change = plain ? `${points < 0 ? '−' : '+'}${Math.abs(points).toFixed(1)} points against p=0; ` : '';
      return wrap(`${change}${result.note}`, `  ${recipe.arm.padEnd(12)}  `);
    })
    .join('\n');
}

/** The same split as a sentence, where the adapter could not tell getting batches from training. */
export const formatSplit = (trials: readonly RecordedTrial[]): string | undefined =>
  trials.some(({ result }) => result.split === 'none')
    ? 'This adapter has no timestamps: making and gathering batches on the GPU is counted as training.'
    : undefined;

import { InputError } from '@kindling/core';

/** Learning rate and Adam's beta1 (SGD's momentum, where its options say 'schedule') at step t, 0-based. */
export type Schedule = (step: number) => { readonly lr: number; readonly beta1: number };

/** The same learning rate at every step. */
export const constant =
  (lr: number, beta1 = 0.9): Schedule =>
  () => ({ lr, beta1 });

export interface OneCycleOptions {
  readonly maxLr: number;
  readonly totalSteps: number;
  readonly pctStart?: number;
  readonly divFactor?: number;
  readonly finalDivFactor?: number;
  readonly baseMomentum?: number;
  readonly maxMomentum?: number;
}

/**
 * torch.optim.lr_scheduler.OneCycleLR with cosine annealing: lr rises from maxLr/divFactor to maxLr over the first pctStart of the steps,
 * then falls to maxLr/divFactor/finalDivFactor, while beta1 runs from maxMomentum to baseMomentum and back (Smith & Topin 2018).
 * Steps past the end keep the last values.
 * @throws InputError when totalSteps is not a positive whole number or pctStart is outside 0..1
 */
export function oneCycle({
  maxLr,
  totalSteps,
  pctStart = 0.3,
  divFactor = 25,
  finalDivFactor = 1e4,
  baseMomentum = 0.85,
  maxMomentum = 0.95,
}: OneCycleOptions): Schedule {
  if (!Number.isInteger(totalSteps) || totalSteps < 1 || !(pctStart >= 0 && pctStart <= 1)) {
    throw new InputError({
      subject: 'oneCycle',
      got: `totalSteps ${totalSteps}, pctStart ${pctStart}`,
      expected: 'a whole number of steps ≥ 1 and pctStart from 0 to 1',
      next: 'correct the schedule',
    });
  }
  const low = maxLr / divFactor;
  const peak = pctStart * totalSteps - 1;
  const last = totalSteps - 1;
  const cosine = (from: number, to: number, share: number): number => to + ((from - to) / 2) * (1 + Math.cos(Math.PI * share));
  return (step) => {
    const t = Math.min(step, last);
    // A rise of a single step is at its peak at once; PyTorch divides 0 by 0 there.
    const rise = peak > 0 ? t / peak : 1;
    if (t <= peak) return { lr: cosine(low, maxLr, rise), beta1: cosine(maxMomentum, baseMomentum, rise) };
    const share = last > peak ? (t - peak) / (last - peak) : 1;
    return { lr: cosine(maxLr, low / finalDivFactor, share), beta1: cosine(baseMomentum, maxMomentum, share) };
  };
}

/**
 * The schedule as Adam's kernel reads it, computed in f64 on the host once and uploaded before training: rows
 * [lr, beta1, 1 − beta1^(t+1), 1 − beta2^(t+1)], f32, one a step. WGSL's own cos and pow would be too coarse for small t.
 */
export function adamRows(schedule: Schedule, steps: number, beta2: number): Float32Array<ArrayBuffer> {
  const rows = new Float32Array(4 * steps);
  for (let step = 0; step < steps; step++) {
    const { lr, beta1 } = schedule(step);
    rows.set([lr, beta1, 1 - beta1 ** (step + 1), 1 - beta2 ** (step + 1)], 4 * step);
  }
  return rows;
}

/** The schedule as the SGD kernel reads it: rows [lr, momentum, 0, 0]; the schedule's beta1 is the momentum where `momentum` says so. */
export function sgdRows(schedule: Schedule, steps: number, momentum: number | 'schedule'): Float32Array<ArrayBuffer> {
  const rows = new Float32Array(4 * steps);
  for (let step = 0; step < steps; step++) {
    const { lr, beta1 } = schedule(step);
    rows.set([lr, momentum === 'schedule' ? beta1 : momentum], 4 * step);
  }
  return rows;
}

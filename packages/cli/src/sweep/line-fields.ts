import type { AdaptiveEpoch, PoseMoment, Spread } from '@kindling/warmup';

/** Digits of what is only drawn: a line of results stays short. */
const DIGITS = 5;

/** A number as a line keeps what is only drawn; null where it is not finite. */
export const shortNumber = (value: number): number | null => (Number.isFinite(value) ? Number(value.toPrecision(DIGITS)) : null);

/** Most epochs that a line holds of a training. */
const MOMENTS = 14;

/** At most `MOMENTS` places among `count`, evenly spread, the first and the last with them. */
function spreadPlaces(count: number): number[] {
  if (count <= MOMENTS) return Array.from({ length: count }, (_, i) => i);
  return Array.from({ length: MOMENTS }, (_, i) => Math.round((i * (count - 1)) / (MOMENTS - 1)));
}

/** The adaptive experiment over time: class weights and per-class validation accuracy after some epochs, counted from 1. */
export const epochField = (epochs: readonly AdaptiveEpoch[]): object[] =>
  spreadPlaces(epochs.length).map((i) => {
    const { loss, accuracy, weights } = epochs[i]!;
    return { epoch: i + 1, loss: shortNumber(loss), accuracy: accuracy.map(shortNumber), weights: weights.map(shortNumber) };
  });

/** How Experiment 1 moved a batch: [mean, standard deviation] of both shifts in pixels and of the rotation in degrees. */
export function poseField({ step, tx, ty, rotation }: PoseMoment): object {
  const pair = ({ mean, sd }: Spread): (number | null)[] => [shortNumber(mean), shortNumber(sd)];
  return { step, tx: pair(tx), ty: pair(ty), rotation: pair(rotation) };
}

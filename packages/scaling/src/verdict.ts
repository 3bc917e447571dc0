import type { FormName } from './forms/index.js';

export type Verdict = 'power-law' | 'exponential' | 'undecided';

/** Extrapolation loss of a power-law form less that of the exponential: below 0 the power law foretells the held-out rows better. */
export interface Difference {
  readonly form: FormName;
  readonly difference: number;
  readonly low: number;
  readonly high: number;
}

export interface Comparison {
  readonly question: string;
  readonly verdict: Verdict;
  /** The power-law form that the verdict is about: M2 where it was fitted, which has a floor as the exponential has and as many parameters. */
  readonly powerLaw: FormName | null;
  readonly words: string;
  readonly differences: readonly Difference[];
}

/** Losses that differ by less are the same loss, computed twice. */
const LEAST = 1e-6;
/** A loss of ln 1.25: off by a quarter. Beyond it "better" is no praise. */
const POOR = Math.log(1.25);

const number = (value: number): string => String(Number(value.toPrecision(3))).replace('-', '−');
const off = (loss: number): string => `${number(100 * Math.expm1(loss))} %`;

const decide = ({ difference, low, high }: Difference): Verdict => {
  if (Math.abs(difference) < LEAST) return 'undecided';
  return high < 0 ? 'power-law' : low > 0 ? 'exponential' : 'undecided';
};

const QUESTION = 'power law or exponential?';

/** No answer, and why. */
export const noComparison = (words: string): Comparison => ({
  question: QUESTION,
  verdict: 'undecided',
  powerLaw: null,
  words,
  differences: [],
});

/** The answer from differences of extrapolation loss with their intervals; `losses` by form. */
export function compare(differences: readonly Difference[], losses: ReadonlyMap<FormName, number>): Comparison {
  const chosen = ['M2', 'M1', 'M3', 'M4'].map((form) => differences.find((one) => one.form === form)).find((one) => one !== undefined);
  if (!chosen) return noComparison('Not answered: it takes a power-law form and the exponential, both fitted, and held-out rows.');
  const verdict = decide(chosen);
  const [power, exponential] = [losses.get(chosen.form)!, losses.get('exponential')!];
  const numbers =
    `on the held-out rows ${chosen.form} is off by ${off(power)} and the exponential by ${off(exponential)} ` +
    `(extrapolation losses ${number(power)} and ${number(exponential)}; difference ${number(chosen.difference)}, ` +
    `95 % from ${number(chosen.low)} to ${number(chosen.high)})`;
  const lead = {
    'power-law': `Power law: ${numbers}.`,
    exponential: `Exponential: ${numbers}.`,
    undecided: `Undecided: ${numbers}; the interval ${chosen.low <= 0 && chosen.high >= 0 ? 'holds 0' : 'is as small as rounding'}.`,
  }[verdict];
  const poor = Math.min(power, exponential) > POOR ? ' Neither foretells them well: the better of two is not yet a law.' : '';
  const others = differences.filter((one) => one !== chosen && decide(one) !== verdict);
  const dissent = others.map((one) => `${one.form} ${decide(one)}`).join(', ');
  return {
    question: QUESTION,
    verdict,
    powerLaw: chosen.form,
    words: lead + poor + (dissent ? ` By other forms than ${chosen.form}: ${dissent}.` : ''),
    differences,
  };
}

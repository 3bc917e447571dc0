import { describe, expect, it } from 'vitest';
import type { SweepLine } from '../sweep/results.js';
import { type SweepRecord, sweepFacts } from './facts.js';
import { limits } from './limits.js';
import { type SyntheticSweep, syntheticSweep } from './synthetic.js';
import { answers, isChance } from './words.js';

/** What the report says of a record, question by question, and what it says it cannot tell. */
function told(record: SweepRecord): { by: Record<string, string>; all: string; cannot: string } {
  const facts = sweepFacts(record);
  const found = facts.groups.flatMap((group) => answers(group, facts.margin));
  const by = Object.fromEntries(found.map(({ question, sentences }) => [question, sentences.join(' ')]));
  const cannot = limits(facts, record).join(' ');
  return { by, all: `${Object.values(by).join(' ')} ${cannot}`, cannot };
}

const SKIP = 'Does warm-up beat skipping those steps?';
const PLAIN = 'And plain training on all steps (p = 0)?';
const BEST = 'Which arm is best?';
const THRESHOLD = 'How much warm-up costs no more than 1 point?';
const TIME = 'What does it save in time?';

const seeds = [1, 2, 3, 4, 5];
const arms = ['published', 'standardised', 'skip'];
/** skip .9 everywhere; standardised two points above it, published thirty below, wherever there is warm-up. */
const clear: SyntheticSweep = {
  arms,
  p: [0, 0.3, 0.6],
  seeds,
  accuracy: (arm, p) => (p === 0 || arm === 'skip' ? 0.9 : arm === 'standardised' ? 0.92 : 0.6),
  spread: 0.004,
};

describe('the words of a report', () => {
  it('says which arm beats skip, and by how much', () => {
    const { by } = told(syntheticSweep(clear));
    expect(by[SKIP]).toMatch(/^In 2 of 4 comparisons, for `standardised`\./);
    expect(by[SKIP]).toMatch(
      /`standardised` is better than `skip` at p = 0\.3 and 0\.6 \(by (1\.[89]|2\.[012])\d( to 2\.[012]\d)? points on average\)\./,
    );
    expect(by[SKIP]).toMatch(
      /`published` is worse than `skip` at p = 0\.3 and 0\.6 \(by (29|30)\.\d\d( to (29|30)\.\d\d)? points on average\)\./,
    );
    expect(by[PLAIN]).toContain('`skip` is not told apart from plain training at p = 0.3 and 0.6, where the interval holds 0.');
    expect(by[BEST]).toMatch(
      /p = 0: `published`, `standardised` and `skip` are the same training \(8\d\.\d\d %|p = 0: .*same training \(90/,
    );
    expect(by[BEST]).toMatch(
      /p = 0\.3 and 0\.6: `standardised` has the highest mean \(9[12]\.\d\d, 9[12]\.\d\d %, 5 seeds\), told apart from every other arm\./,
    );
    expect(by[THRESHOLD]).toContain('`standardised`: at least 0.6, the largest p tried (95 % interval 0.6 to 0.6, 5 seeds).');
    expect(by[THRESHOLD]).toContain(
      '`published`: below 0.3: the smallest p tried already costs more than 1 point (95 % interval 0 to 0, 5 seeds).',
    );
    expect(by[THRESHOLD]).toContain('The intervals of `published` and `skip` do not overlap.');
  });

  it('claims nothing where the arms differ by chance only', () => {
    // Every arm with warm-up is above skip by a point for odd seeds, below by a point for even ones: nothing on average.
    const change = ({ arm, p, seed }: SweepLine) => (arm === 'skip' || p === 0 ? {} : { accuracy: seed % 2 === 1 ? 0.91 : 0.89 });
    const { by, all } = told(syntheticSweep({ ...clear, accuracy: () => 0.9, spread: 0, seeds: [1, 2, 3, 4, 5, 6], change }));
    expect(by[SKIP]).toMatch(/^Not shown: no arm is better at any p\./);
    expect(by[SKIP]).toContain('is not told apart from `skip` at p = 0.3 and 0.6, where the interval holds 0.');
    expect(by[SKIP]).not.toMatch(/is (better|worse) than/);
    expect(by[THRESHOLD]).toContain('the record does not show that the warm-up moves the threshold');
    expect(all).not.toContain('equal');
  });

  it('does not take a lucky few for a finding', () => {
    // P(at least 1 of 18) = .37, P(at least 3 of 18) = .01, P(1 of 1) = .025.
    expect([isChance(1, 18), isChance(3, 18), isChance(1, 1), isChance(0, 5)]).toEqual([true, false, false, true]);
    const grid = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
    const lucky = syntheticSweep({
      ...clear,
      p: grid,
      spread: 0,
      accuracy: (arm, p) => (arm === 'standardised' && p === 0.4 ? 0.93 : 0.9),
    });
    expect(told(lucky).by[SKIP]).toMatch(
      /^In 1 of 18 comparisons, for `standardised`: no more than chance alone may give, so it is not shown\./,
    );
  });

  it('says no where every arm loses', () => {
    const { by } = told(syntheticSweep({ ...clear, accuracy: (arm, p) => (p === 0 || arm === 'skip' ? 0.9 : 0.5) }));
    expect(by[SKIP]).toMatch(/^No: every arm is worse wherever it was compared\./);
    expect(by[SKIP]).not.toContain('better');
  });

  it('draws no conclusion from one seed', () => {
    const { by, cannot } = told(syntheticSweep({ ...clear, seeds: [7] }));
    expect(by[SKIP]).toMatch(/^With one seed an arm there is no interval, so the record cannot say\./);
    expect(by[SKIP]).toContain(
      '`standardised` and `skip` share one seed: it ended above it at p = 0.3 and 0.6, which shows nothing by itself.',
    );
    expect(by[SKIP]).toContain(
      '`published` and `skip` share one seed: it ended below it at p = 0.3 and 0.6, which shows nothing by itself.',
    );
    expect(`${by[SKIP]} ${by[PLAIN]}`).not.toMatch(/is (better|worse) than/);
    expect(by[BEST]).not.toContain('told apart from every');
    expect(by[THRESHOLD]).toContain('one seed, no interval');
    expect(by[THRESHOLD]).not.toContain('overlap');
    expect(cannot).toContain('Some cells hold one seed');
  });

  it('warns of fewer than five seeds, and of what one data set and one budget leave open', () => {
    expect(told(syntheticSweep({ ...clear, seeds: [1, 2, 3] })).cannot).toContain('Some cells hold 3 seeds, fewer than 5');
    const five = told(syntheticSweep(clear)).cannot;
    expect(five).not.toContain('Some cells hold');
    expect(five).toContain('It knows one data set and one budget');
    const many = syntheticSweep({ ...clear, steps: [200, 500], dataSets: ['mnist', 'cifar10'] });
    expect(told(many).cannot).not.toContain('It knows');
    expect(sweepFacts(many).groups).toHaveLength(4);
  });

  it('counts the intervals that chance would decide', () => {
    const grid = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
    // 2 arms × 9 p = 18 against skip, 27 against p = 0.
    const { by } = told(syntheticSweep({ ...clear, p: grid }));
    expect(by[SKIP]).toContain('of 18, about 1 would leave 0 out by chance alone');
    expect(by[PLAIN]).toContain('of 27, about 1 would leave 0 out by chance alone');
    expect(by[SKIP]).toContain('at p = 0.1 to 0.9');
  });

  it('names gaps and an interruption, and compares common seeds only', () => {
    const without = (line: SweepLine): boolean => line.arm === 'standardised' && line.p === 0.6 && line.seed > 3;
    const record = syntheticSweep({ ...clear, without });
    const { cannot } = told(record);
    expect(cannot).toContain('The sweep was interrupted or is still running: it holds 43 of 45 lines.');
    expect(cannot).toContain('`standardised` (mnist, 500 steps): 2 trials missing at p = 0.6.');
    const [group] = sweepFacts(record).groups;
    const row = group!.againstSkip.find(({ arm, p }) => arm === 'standardised' && p === 0.6);
    expect(row!.difference.n).toBe(3);
    const gone = told(syntheticSweep({ ...clear, without: (line) => line.arm === 'standardised' && line.p === 0.6 }));
    expect(gone.by[SKIP]).toMatch(/`standardised` is better than `skip` at p = 0\.3 \(by/);
    expect(told({ ...record, shard: { index: 1, count: 4 } }).cannot).toContain('This is shard 1 of 4, and it holds 43 of 45 lines.');
  });

  it('leaves an accuracy out that is no number, and says so', () => {
    const broken = syntheticSweep({
      ...clear,
      change: ({ arm, seed }) => (arm === 'published' && seed === 1 ? { accuracy: Number.NaN } : {}),
    });
    const { all, cannot } = told(broken);
    expect(cannot).toContain('3 lines without an accuracy that is a number: left out of everything.');
    expect(all).not.toMatch(/NaN|undefined|Infinity/);
    const every = told(syntheticSweep({ ...clear, change: () => ({ accuracy: Number.NaN }) }));
    expect(every.by).toEqual({});
    expect(every.cannot).toContain('The record holds no finished trial.');
    const loss = told(syntheticSweep({ ...clear, change: ({ p }) => (p === 0.6 ? { testLoss: null } : {}) }));
    expect(loss.cannot).toContain('15 trials ended with a test loss that is not finite');
  });

  it('cannot answer without the control, without p = 0, or without warm-up', () => {
    const control = told(syntheticSweep({ ...clear, arms: ['published', 'standardised'] }));
    expect(control.by[SKIP]).toMatch(/^The record has no `skip` arm, so it cannot say/);
    const often = told(syntheticSweep({ ...clear, arms: ['published', 'standardised'], evalEvery: 5 }));
    expect(often.by[TIME]).toContain('Without `skip` at this p, what fewer natural steps save by themselves is not known.');
    const baseline = told(syntheticSweep({ ...clear, p: [0.3, 0.6] }));
    expect(baseline.by[PLAIN]).toBeUndefined();
    expect(baseline.by[TIME]).toBe('Not to be said: there is no trial at p = 0 to compare with.');
    expect(baseline.by[THRESHOLD]).toContain('`published`: none can be given: no trial at p = 0');
    expect(baseline.cannot).toContain('Without p = 0 there is no baseline');
    expect(told(syntheticSweep({ ...clear, p: [0] })).by[SKIP]).toBe('The record holds no trial with warm-up (p = 0 only): it cannot say.');
    expect(told(syntheticSweep({ ...clear, without: () => true })).cannot).toContain('holds 0 of 45 lines');
  });

  it('takes a saving apart: evaluation, natural steps, and what the warm-up gives back', () => {
    // Every 5 natural steps an evaluation of a second: 100 of them at p = 0, 40 and one after the warm-up at p = .6.
    const time = ({ arm, p }: SweepLine): Record<string, number> => {
      const [warm, natural] = [arm === 'skip' ? 0 : 500 * p!, 500 * (1 - p!)];
      const parts = { compile: 0, generate: 0, load: 0, train: 0.02 * (warm + natural), evaluate: natural / 5 };
      return { ...parts, total: parts.train + parts.evaluate };
    };
    const often = syntheticSweep({ ...clear, evalEvery: 5, change: (line) => ({ time: time(line) }) });
    const { by } = told(often);
    // 110 s → 10 + 40 = 50 s: all of it evaluation. skip: 4 + 40 = 44 s.
    expect(by[TIME]).toContain(
      '`published` at p = 0.6 takes 50.0 s a trial, 60.0 s (55 %) less than p = 0. Of these seconds: evaluate 100 %.',
    );
    expect(by[TIME]).toContain(
      'More than half of the saving is evaluation left out, as it is evaluated 41 times instead of 100, not faster training.',
    );
    expect(by[TIME]).toContain('`skip` takes 6.00 s less still, with the same natural steps');
    expect(by[TIME]).toContain(
      '`skip` at p = 0.6 takes 44.0 s a trial, 66.0 s (60 %) less than p = 0. Of these seconds: evaluate 91 % and train 9 %.',
    );
    const flat = syntheticSweep({
      ...clear,
      change: ({ arm, p }) => {
        const train = arm === 'skip' ? 5 * (1 - p!) : 5;
        return { time: { compile: 0, generate: 0, load: 0, train, evaluate: 0, total: train } };
      },
    });
    expect(told(flat).by[TIME]).toContain('as long as p = 0 (5.00 s): no time is saved.');
    const total = told(syntheticSweep({ ...clear, change: () => ({ time: { total: 5 } }) }));
    expect(total.by[TIME]).toBe('Not to be said: the record has no seconds by part to compare.');
    expect(total.cannot).toContain('Some times are known as totals only');
  });

  it('calls no evaluation left out where there are as many, and says where the machine was uneven', () => {
    // Two evaluations less in seconds, none in number; then the natural steps of p = .3 beside other work.
    const time = ({ arm, p }: SweepLine, slower: number): Record<string, number> => {
      const natural = 500 * (1 - p!);
      const parts = { train: 0.01 * natural * (p === 0.3 && arm === 'skip' ? slower : 1), evaluate: p === 0 ? 8 : 1 };
      return { ...parts, total: parts.train + parts.evaluate };
    };
    const { by } = told(syntheticSweep({ ...clear, change: (line) => ({ time: time(line, 1) }) }));
    expect(by[TIME]).toContain('It is evaluated as many times: the part called evaluate is unequal speed of the machine, no saving.');
    expect(by[TIME]).toContain('all it saves is natural steps that it does not train.');
    expect(by[TIME]).not.toContain('left out');
    const busy = told(syntheticSweep({ ...clear, change: (line) => ({ time: time(line, 3) }) }));
    const uneven = 'a natural step of `skip` took 10.0 ms at p = 0 and 30.0 ms at p = 0.3, for the same work.';
    expect(busy.cannot).toContain(`Times are uneven (mnist, 500 steps): ${uneven}`);
    expect(busy.by[TIME]).toBe(`Not to be said: ${uneven} Other work ran on the machine; sweep again on a quiet one.`);
    expect(told(syntheticSweep(clear)).cannot).not.toContain('uneven');
  });

  it('says what a teacher costs beyond the budget, and nothing where there is none', () => {
    const guard = 'What does the guard cost?';
    const sweep: SyntheticSweep = { ...clear, experiment: 'augment', arms: ['published', 'guarded', 'skip'] };
    const teacher = ({ arm, p, time }: SweepLine) =>
      arm === 'guarded' && p! > 0 ? { teacherSteps: 200, time: { ...time, teacher: 3, total: time.total! + 3 } } : {};
    const { by } = told(syntheticSweep({ ...sweep, change: teacher }));
    expect(by[guard]).toContain('`guarded` first trains its teacher for 200 steps');
    expect(by[guard]).toContain('beyond the budget of 500: at every p above 0 this arm trains 40 % more steps than the others');
    expect(by[guard]).toContain('They take 3.00 s of a trial, which figures and tables call “teacher”');
    // Records from before lines said so.
    expect(told(syntheticSweep(sweep)).by[guard]).toContain('Their seconds are part of “generate” in this record');
    expect(told(syntheticSweep({ ...sweep, p: [0] })).by[guard]).toBeUndefined();
    expect(told(syntheticSweep(clear)).by[guard]).toBeUndefined();
  });

  it('gives times of trials that ran together no interval', () => {
    const record = syntheticSweep({ ...clear, together: 5 });
    expect(told(record).by[TIME]).toContain('a time is one measurement, divided by them, so seeds give it no interval');
    expect(told(syntheticSweep(clear)).by[TIME]).not.toContain('one measurement');
  });

  it('sets the poster beside its own budget only', () => {
    const published = (_: string, p: number): number => (p === 0 ? 0.825 : p === 0.3 ? 0.82 : 0.115);
    const { by } = told(syntheticSweep({ ...clear, steps: [200], accuracy: published, spread: 0 }));
    expect(by['And the poster?']).toContain('Over 3 p that both have, `published` lies furthest from it at p = 0.3, by +5.00 points.');
    const other = told(syntheticSweep(clear)).by['And the poster?'];
    expect(other).toContain('This budget has 500 steps: shapes may be compared, values may not.');
    expect(told(syntheticSweep({ ...clear, dataSets: ['cifar10'] })).by['And the poster?']).toBeUndefined();
    expect(told(syntheticSweep({ ...clear, experiment: 'family:gratings' })).by['And the poster?']).toBeUndefined();
  });

  it('compares the adaptive experiment seed by seed', () => {
    const adaptive: SyntheticSweep = {
      experiment: 'adaptive',
      arms: ['published', 'control'],
      p: null,
      seeds,
      accuracy: (arm) => (arm === 'control' ? 0.89 : 0.92),
      spread: 0.004,
      steps: [100],
    };
    const question = 'Do adaptive class weights help?';
    const { by, cannot } = told(syntheticSweep(adaptive));
    expect(Object.keys(by)).toEqual([question]);
    expect(by[question]).toMatch(
      /`published` is better than `control`: \+[23]\.\d\d points, 95 % interval \+[23]\.\d\d to \+[23]\.\d\d, seed by seed\./,
    );
    expect(cannot).not.toContain('p = 0');
    const same = told(syntheticSweep({ ...adaptive, accuracy: () => 0.9, spread: 0.02 })).by[question];
    expect(same).toContain('`published` is not told apart from `control`');
    const one = told(syntheticSweep({ ...adaptive, seeds: [1] })).by[question];
    expect(one).toContain('one seed shows nothing by itself');
    const alone = told(syntheticSweep({ ...adaptive, arms: ['published'] })).by[question];
    expect(alone).toContain('it cannot say');
  });
});

import { describe, expect, it } from 'vitest';
import { type AnalyseOptions, analyse, timestampStep } from './analyse.js';
import { entry, fourSteps, kernel } from './testing/recording.js';

const options: AnalyseOptions = { adapter: 'an adapter', software: true, ceilings: [] };

describe('analyse', () => {
  it('adds up kernels by hand', () => {
    const { kernels, timestampStepNs, timing } = analyse(fourSteps(), options);
    expect({ timing, timestampStepNs }).toEqual({ timing: 'timestamps', timestampStepNs: 1000 });
    expect(
      kernels.map(({ phase, part, name, calls, callsPerStep, usMedian, msPerStep, share }) => [
        phase,
        part,
        name,
        calls,
        callsPerStep,
        usMedian,
        msPerStep,
        share,
      ]),
    ).toEqual([
      ['warmup', 'train', 'b', 2, 1, 3, 0.003, 0.75],
      ['warmup', 'data', 'a', 2, 1, 1, 0.001, 0.25],
      ['evaluation', 'evaluate', 'c', 1, 1, 10, 0.01, 1],
    ]);
  });

  it('compares kernels with their step, and steps with the ones beside them', () => {
    const [warmup, evaluation] = analyse(fourSteps(), options).phases;
    expect(warmup).toEqual({
      ...{ phase: 'warmup', steps: 4, profiled: 2, plain: 2, leftOut: 0, stepMs: 0.004, wallSeconds: 0.01 },
      // 4 µs of kernels in a step of 5 µs; 5 µs against 4 µs for a step that is timed as a whole.
      sum: { kernelsMs: 0.004, stepMs: 0.005, ratio: 0.8, within10Percent: false },
      cost: { profiledMs: 0.005, plainMs: 0.004, ratio: 1.25, pairs: 2 },
      host: { encode: 2, submit: 1, upload: 0, wait: 5, readback: 1, other: 1 },
    });
    expect(evaluation).toMatchObject({ steps: 1, cost: null, stepMs: null, wallSeconds: 0.008, sum: { ratio: 1, within10Percent: true } });
  });

  it('does not compare steps that do not do the same', () => {
    const { dispatched, ...recording } = fourSteps();
    const odd = dispatched.filter(({ mark }, i) => mark.step !== 1 || i % 2 === 0);
    expect(analyse({ ...recording, dispatched: odd }, options).phases[0]!.cost).toMatchObject({ pairs: 1, ratio: 1.25 });
  });

  it('warns where kernels and step differ by more than 10 %, and where timestamps are coarse', () => {
    const { warnings } = analyse(fourSteps(), options);
    expect(warnings.join('\n')).toMatch(/multiples of 1000 ns/);
    expect(warnings.join('\n')).toMatch(/warm-up: the kernels add up to 80 % of the step/);
    const { slices, ...recording } = fourSteps();
    const close = slices.map((slice) => (slice.dispatch?.pipeline.label === 'a' ? { ...slice, end: slice.end + 999 } : slice));
    expect(analyse({ ...recording, slices: close }, options).warnings).toEqual([]);
  });

  it('leaves the first step of each kind out where two others remain', () => {
    const { slices, ...recording } = fourSteps();
    const slow = slices.map((slice) => (slice.mark.step === 0 ? { ...slice, begin: slice.begin - 1e6, end: slice.end + 1e6 } : slice));
    const more = slices
      .filter(({ mark }) => mark.step !== undefined)
      .map((slice) => ({
        ...slice,
        mark: { ...slice.mark, step: slice.mark.step! + 4 },
        begin: slice.begin + 50_000,
        end: slice.end + 50_000,
      }));
    const { phases, kernels } = analyse({ ...recording, slices: [...slow, ...more] }, options);
    expect(phases[0]).toMatchObject({ profiled: 3, plain: 3, leftOut: 2 });
    expect(kernels[0]).toMatchObject({ name: 'b', calls: 3, usMax: 3 });
  });

  it('does not let one disturbed step speak for a kernel', () => {
    const { slices, ...recording } = fourSteps();
    const more = [4, 8].flatMap((later) =>
      slices
        .filter(({ mark }) => mark.step !== undefined)
        .map((slice) => ({
          ...slice,
          mark: { ...slice.mark, step: slice.mark.step! + later },
          begin: slice.begin + 1e6 * later,
          end: slice.end + 1e6 * later,
        })),
    );
    const disturbed = [...slices, ...more].map((slice) =>
      slice.mark.step === 6 && slice.dispatch?.pipeline.label === 'a' ? { ...slice, begin: slice.begin - 500_000 } : slice,
    );
    const [b, a] = analyse({ ...recording, slices: disturbed }, options).kernels;
    expect([b!.name, b!.msPerStep, b!.share]).toEqual(['b', 0.003, 0.75]);
    expect([a!.name, a!.msPerStep, a!.usMax]).toEqual(['a', 0.001, 501]);
  });

  it('takes kernels from differences where there are no timestamps', () => {
    const [a, b] = [kernel('a'), kernel('b')];
    const recording = { ...fourSteps(), timestamps: false, hasTimestamps: false, slices: [] };
    const differences = [
      {
        phase: 'warmup',
        partOf: () => 'train',
        stepNs: [4900, 5100, 5000],
        kernels: [
          { encoded: a, calls: 2, ns: [900, 1000, 1100], times: 8 },
          { encoded: b, calls: 1, ns: [], times: 0, problem: 'an indirect dispatch' },
        ],
      },
    ];
    const { kernels, phases, timing, timestampStepNs, warnings } = analyse(recording, { ...options, differences });
    expect({ timing, timestampStepNs }).toEqual({ timing: 'differences', timestampStepNs: null });
    expect(kernels[0]).toMatchObject({ name: 'a', calls: 3, callsPerStep: 2, usMedian: 1, msPerStep: 0.002, share: 1 });
    expect(kernels[1]).toMatchObject({ name: 'b', usMedian: null, msPerStep: null, share: null, problem: 'an indirect dispatch' });
    expect(phases[0]).toMatchObject({ stepMs: 0.005, cost: null, profiled: 0 });
    expect(warnings[0]).toMatch(/no timestamp-query/);
    expect(analyse({ ...recording, hasTimestamps: true }, { ...options, differences }).warnings[0]).toMatch(/not to be used/);
    expect(warnings.join('\n')).toMatch(/b has no time: an indirect dispatch/);
  });
});

describe('timestampStep', () => {
  it('is the largest common divisor', () => {
    const slice = (begin: number, end: number) => ({ dispatch: null, mark: { phase: 'a', part: 'train' as const }, submit: 0, begin, end });
    expect(timestampStep([slice(0, 131_072), slice(196_608, 262_144)])).toBe(65_536);
    expect(timestampStep([slice(0, 7), slice(9, 12)])).toBe(1);
    expect(timestampStep([])).toBe(0);
  });
});

describe('the ledger of a report', () => {
  const ledger = (...entries: Parameters<typeof entry>[]) =>
    analyse({ ...fourSteps(), ledger: entries.map((parts) => entry(...parts)) }, { ...options, roots: ['/home/me'] }).ledger;

  it('passes where only setup, evaluation and the history moved bytes', () => {
    const { zeroCopy, rows } = analyse(fourSteps(), options).ledger;
    expect(zeroCopy).toEqual({ passed: true, violations: [], phases: [{ phase: 'warmup', toGpu: 0, toHost: 0, passed: true }] });
    expect(rows.map(({ part, bytes, bytesPerStep }) => [part, bytes, bytesPerStep])).toEqual([
      ['setup', 4000, null],
      ['readback', 64, 16],
    ]);
  });

  it.each([
    ['an upload in a step', { phase: 'warmup', part: 'train', step: 2 }, {}],
    ['a readback in a step', { phase: 'warmup', part: 'data', step: 2 }, { direction: 'toHost', call: 'mapAsync' }],
    ['an upload while the history comes back', { phase: 'warmup', part: 'readback' }, {}],
    ['anything between two blocks', { phase: 'warmup', part: 'between' }, { direction: 'toHost', call: 'mapAsync' }],
  ] as const)('fails for %s', (_, mark, parts) => {
    const { zeroCopy } = ledger([mark, parts]);
    expect(zeroCopy.passed).toBe(false);
    expect(zeroCopy.violations).toHaveLength(1);
  });

  it('names the place, and sums by it', () => {
    const mark = (step: number) => ({ phase: 'warmup', part: 'data', step }) as const;
    const { rows, steps, zeroCopy } = ledger([mark(0), { bytes: 10 }], [mark(0), { bytes: 20, label: 'y' }], [mark(3), { bytes: 30 }]);
    expect(rows).toEqual([
      {
        ...{
          phase: 'warmup',
          part: 'step',
          direction: 'toGpu',
          call: 'writeBuffer',
          site: 'model.mjs:7',
          caller: 'feed',
          through: 'Device.write',
        },
        ...{ labels: ['x', 'y'], bytes: 60, transfers: 3, steps: 2, bytesPerStep: 15 },
      },
    ]);
    expect(steps).toEqual([
      { phase: 'warmup', step: 0, toGpu: 30, toHost: 0 },
      { phase: 'warmup', step: 3, toGpu: 30, toHost: 0 },
    ]);
    expect(zeroCopy.phases).toEqual([{ phase: 'warmup', toGpu: 60, toHost: 0, passed: false }]);
  });
});

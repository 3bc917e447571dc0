import { describe, expect, it } from 'vitest';
import { adamRows, constant, oneCycle } from './schedule.js';

describe('oneCycle', () => {
  // torch.optim.lr_scheduler.OneCycleLR(max_lr=3e-4, total_steps=100): lr after step 0, at the peak (step 29) and at the last step.
  const schedule = oneCycle({ maxLr: 3e-4, totalSteps: 100 });
  it('starts at max/25, peaks at the end of the rise, ends at max/25/1e4', () => {
    expect(schedule(0)).toEqual({ lr: expect.closeTo(1.2e-5, 12), beta1: expect.closeTo(0.95, 12) });
    expect(schedule(29)).toEqual({ lr: expect.closeTo(3e-4, 12), beta1: expect.closeTo(0.85, 12) });
    expect(schedule(99).lr).toBeCloseTo(1.2e-9, 15);
    expect(schedule(99).beta1).toBeCloseTo(0.95, 12);
  });
  it('is half way between at the middle of each cosine', () => {
    expect(schedule(14.5).lr).toBeCloseTo((1.2e-5 + 3e-4) / 2, 10);
    expect(schedule(64).lr).toBeCloseTo((3e-4 + 1.2e-9) / 2, 10);
  });
  it('keeps its last value past the end, and survives one step', () => {
    expect(schedule(500)).toEqual(schedule(99));
    expect(Number.isFinite(oneCycle({ maxLr: 1, totalSteps: 1 })(0).lr)).toBe(true);
  });
  it('is at its peak at once where the rise is a single step', () => {
    expect(oneCycle({ maxLr: 1, totalSteps: 10, pctStart: 0.1 })(0).lr).toBe(1);
  });
  it('refuses nonsense', () => {
    expect(() => oneCycle({ maxLr: 1, totalSteps: 0 })).toThrow('oneCycle: got totalSteps 0');
    expect(() => oneCycle({ maxLr: 1, totalSteps: 5, pctStart: 2 })).toThrow('pctStart 2');
  });
});

it('adamRows holds the bias corrections in f64 precision', () => {
  const rows = adamRows(constant(0.1), 3, 0.999);
  expect(Array.from(rows.slice(8, 12))).toEqual([0.1, 0.9, 1 - 0.9 ** 3, 1 - 0.999 ** 3].map(Math.fround));
});

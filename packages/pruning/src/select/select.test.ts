import { describe, expect, it } from 'vitest';
import { indexBytes, randomScores, selectKept } from './select.js';

const options = { classes: 2, keep: 'hard', balance: 0 } as const;
const labels = [0, 0, 0, 0, 0, 0, 1, 1, 1, 1];
const scores = [9, 8, 7, 6, 5, 4, 3, 2, 1, 0];

describe('selectKept', () => {
  it('keeps the highest or the lowest scores, ascending, ties by index', () => {
    expect([...selectKept({ ...options, scores, labels, fraction: 0.3 })]).toEqual([0, 1, 2]);
    expect([...selectKept({ ...options, scores, labels, fraction: 0.3, keep: 'easy' })]).toEqual([7, 8, 9]);
    for (const keep of ['hard', 'easy'] as const) {
      expect([...selectKept({ ...options, scores: scores.map(() => 1), labels, fraction: 0.4, keep })]).toEqual([0, 1, 2, 3]);
    }
    expect(selectKept({ ...options, scores, labels, fraction: 1 })).toHaveLength(10);
    expect([...selectKept({ ...options, scores, labels, fraction: 0.001 })]).toEqual([0]);
  });

  it('puts infinities first, and several of them by index', () => {
    const own = [0, Infinity, 3, Infinity, -Infinity, 0, 0, 0, 0, 0];
    expect([...selectKept({ ...options, scores: own, labels, fraction: 0.3 })]).toEqual([1, 2, 3]);
    expect([...selectKept({ ...options, scores: own, labels, fraction: 0.2, keep: 'easy' })]).toEqual([0, 4]);
  });

  it('holds the floor of every class, the rest by score', () => {
    // Floors of .5 · .5 · (6, 4) are 1.5 and 1, so 2 and 1: the best of class 1, then class 0's.
    expect([...selectKept({ ...options, scores, labels, fraction: 0.5, balance: 0.5 })]).toEqual([0, 1, 2, 3, 6]);
    // Floors of the whole share: 3 and 2.
    expect([...selectKept({ ...options, scores, labels, fraction: 0.5, balance: 1 })]).toEqual([0, 1, 2, 6, 7]);
    // More floors than places: floors win.
    expect([...selectKept({ ...options, scores, labels, fraction: 0.1, balance: 0.5 })]).toEqual([0, 6]);
    // .3 · 1 · 10 is 3.0000000000000004 in some orders of multiplication.
    const many = Array.from({ length: 10 }, () => 0);
    expect(selectKept({ ...options, classes: 1, scores, labels: many, fraction: 0.1 * 3, balance: 1 })).toHaveLength(3);
  });

  it('refuses what is no score or share', () => {
    expect(() => selectKept({ ...options, scores: [1], labels, fraction: 0.5 })).toThrow('got 1 scores; expected 10');
    const broken = [...scores.slice(0, 9), Number.NaN];
    expect(() => selectKept({ ...options, scores: broken, labels, fraction: 0.5 })).toThrow('NaN for example 9');
    for (const fraction of [0, -1, 1.1, Number.NaN]) {
      expect(() => selectKept({ ...options, scores, labels, fraction })).toThrow('--fraction');
    }
    expect(() => selectKept({ ...options, scores, labels, fraction: 0.5, balance: 2 })).toThrow('--balance');
  });
});

describe('randomScores', () => {
  it('is uniform, and another draw for another seed', () => {
    const [first, second] = [randomScores(4000, 1), randomScores(4000, 2)];
    expect(randomScores(4000, 1)).toEqual(first);
    expect(first.some((value, at) => value === second[at])).toBe(false);
    const mean = first.reduce((sum, value) => sum + value, 0) / 4000;
    // Five standard errors of a uniform mean.
    expect(Math.abs(mean - 0.5)).toBeLessThan((5 * Math.sqrt(1 / 12)) / Math.sqrt(4000));
    expect(Math.min(...first)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...first)).toBeLessThan(1);
  });
});

describe('indexBytes', () => {
  it('is little-endian', () => {
    expect([...indexBytes([1, 258])]).toEqual([1, 0, 0, 0, 2, 1, 0, 0]);
  });
});

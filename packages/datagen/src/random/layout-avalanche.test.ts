import { STREAM } from '@kindling/core';
import { testAdapters, testDevice } from '@kindling/device/testing';
import { describe, expect, it } from 'vitest';
import { avalanche, type Finding, independence, rejected } from './testing/checks.js';
import { type Axis, layoutWords, type Place } from './testing/layout.js';

// One input bit flipped, and streams beside each other. A perfect generator would fail a test with probability 2e-4 (see `rejected`).
const device = async () => testDevice((await testAdapters())[0]!);
const base: Place = { seed: 0, stream: STREAM.image, step: 0, index: 0, draw: 0 };

describe('avalanche: half of the output flips with any bit', () => {
  const flip = (value: number, bit: number): number => Number(BigInt(value) ^ (1n << BigInt(bit)));
  // Bits that the contract has: 53 of an index, 25 of a draw (above them lies the attempt).
  it.each<[Axis, Axis, number]>([
    ['seed', 'index', 32],
    ['stream', 'index', 32],
    ['step', 'index', 32],
    ['index', 'step', 53],
    ['draw', 'index', 25],
  ])('of the %s', async (axis, varied, bits) => {
    const on = await device();
    const words = await layoutWords(on, 4096, { from: base, axis: varied });
    const findings: Finding[] = [];
    for (let bit = 0; bit < bits; bit++) {
      const flipped = await layoutWords(on, 4096, { from: { ...base, [axis]: flip(base[axis], bit) }, axis: varied });
      findings.push(...avalanche(words, flipped, `bit ${bit} of the ${axis}`));
    }
    expect(findings).toHaveLength(2 * bits);
    expect(rejected(findings)).toEqual([]);
  });
});

describe('independence', () => {
  it('of the streams of one seed, pair by pair', async () => {
    const on = await device();
    const streams = Object.entries(STREAM);
    const words: Uint32Array[] = [];
    for (const [, stream] of streams) words.push(await layoutWords(on, 2 ** 15, { from: { ...base, stream }, axis: 'index' }));
    const findings = streams.flatMap(([name], i) =>
      streams.slice(0, i).flatMap(([other], j) => independence(words[i]!, words[j]!, `${name} and ${other}`)),
    );
    expect(findings).toHaveLength(streams.length * (streams.length - 1));
    expect(rejected(findings)).toEqual([]);
  });

  it('of neighbours in seed, step, index and draw, also where the sum of two coordinates stays the same', async () => {
    const on = await device();
    const draws = (place: Partial<Place>) => layoutWords(on, 2 ** 15, { from: { ...base, ...place }, axis: 'none', inner: 2 ** 15 });
    const home = await draws({ seed: 1, stream: 1, step: 1, index: 1 });
    const neighbours: Partial<Place>[] = [
      { seed: 2, stream: 1, step: 1, index: 1 },
      { seed: 1, stream: 2, step: 1, index: 1 },
      { seed: 1, stream: 1, step: 2, index: 1 },
      { seed: 1, stream: 1, step: 1, index: 2 },
      { seed: 2, stream: 1, step: 0, index: 1 },
      { seed: 2, stream: 0, step: 1, index: 1 },
      { seed: 1, stream: 0, step: 2, index: 1 },
      { seed: 1, stream: 1, step: 0, index: 2 },
      { seed: 1, stream: 1, step: 1, index: 1 + 2 ** 32 },
      { seed: 1, stream: 1, step: 2, index: 0 },
    ];
    const findings: Finding[] = [];
    for (const place of neighbours) findings.push(...independence(home, await draws(place), JSON.stringify(place)));
    expect(rejected(findings)).toEqual([]);
  });
});

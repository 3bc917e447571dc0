import { describe, expect, it } from 'vitest';
import { sample } from '../../generate.js';
import { parseRecipe } from '../../recipe.js';
import { checkFamily } from '../../testing/family-contract.js';

checkFamily('spectrum', {
  // Measured 1.5e-5 at most (128 waves, 64 pixels, slope 0 to 6), alike on lavapipe and SwiftShader.
  tolerance: { pixel: 1e-4 },
  recipes: [
    { family: 'spectrum' },
    { family: 'spectrum', params: { slope: [0, 6], waves: 128 }, image: { height: 33, width: 30, channels: 3 } },
    { family: 'spectrum', params: { contrast: [0, 4], waves: 8 }, image: { height: 8, width: 13 } },
    { family: 'spectrum', image: { height: 16, width: 67 } },
  ],
});

/** Log-log slope of the amplitude spectrum, over rings of a 64×64 image away from the ends of the range, averaged over images. */
function measuredSlope(slope: number): number {
  const side = 64;
  const rings = [4, 6, 8, 11, 16, 22];
  const power = rings.map(() => 0);
  for (let index = 0; index < 6; index++) {
    const { image } = sample(
      {
        family: 'spectrum',
        params: { slope: [slope, slope + 1e-6], waves: 128, contrast: [0.2, 0.2] },
        image: { height: side, width: side },
      },
      5,
      0,
      index,
    );
    rings.forEach((radius, r) => {
      for (let k = 0; k < 24; k++) {
        const angle = (Math.PI * k) / 24;
        const [fx, fy] = [Math.round(radius * Math.cos(angle)), Math.round(radius * Math.sin(angle))];
        let [re, im] = [0, 0];
        for (let p = 0; p < side * side; p++) {
          const [i, j] = [p % side, Math.floor(p / side)];
          // A Hann window: what a wave leaks into other frequencies falls faster than the steepest slope here.
          const window = Math.sin((Math.PI * (i + 0.5)) / side) ** 2 * Math.sin((Math.PI * (j + 0.5)) / side) ** 2;
          const phase = (2 * Math.PI * (fx * i + fy * j)) / side;
          re += window * (image[p]! - 0.5) * Math.cos(phase);
          im += window * (image[p]! - 0.5) * Math.sin(phase);
        }
        power[r]! += re * re + im * im;
      }
    });
  }
  const xs = rings.map(Math.log);
  const ys = power.map((value) => 0.5 * Math.log(value));
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [mx, my] = [mean(xs), mean(ys)];
  return -mean(xs.map((x, i) => (x - mx) * (ys[i]! - my))) / mean(xs.map((x) => (x - mx) ** 2));
}

describe('spectrum', () => {
  it.each([0.5, 1, 2])('falls as 1/f^%d', (slope) => {
    expect(Math.abs(measuredSlope(slope) - slope)).toBeLessThan(0.3);
  });

  it.each([
    [{ params: { slope: [1, 1] } }, 'recipe.params.slope: got [1, 1]; expected low < high'],
    [{ params: { waves: 200 } }, 'recipe.params.waves: got 200; expected <=128'],
    [{ label: { kind: 'class' } }, 'recipe.label.kind: got "class"'],
  ])('refuses %j', (fields, message) => {
    expect(() => parseRecipe({ family: 'spectrum', ...fields } as never)).toThrow(message);
  });
});

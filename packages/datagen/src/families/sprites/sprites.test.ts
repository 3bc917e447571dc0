import { describe, expect, it } from 'vitest';
import { sample } from '../../generate.js';
import { parseRecipe } from '../../recipe.js';
import { checkFamily } from '../../testing/family-contract.js';
import { SHAPES } from './family.js';

checkFamily('sprites', {
  // Measured 3e-6 on lavapipe and SwiftShader at 64 pixels; it grows with the side.
  tolerance: { pixel: 1e-4 },
  recipes: [
    { family: 'sprites' },
    { family: 'sprites', label: { kind: 'values' }, params: { shapes: 5 } },
    { family: 'sprites', image: { height: 8, width: 13, channels: 3 }, params: { shapes: 5, rotation: [0, 0] } },
    { family: 'sprites', image: { height: 65, width: 64, channels: 3 }, params: { scale: [0.7, 0.7], x: [0, 0], y: [-0.5, 0.5] } },
  ],
});

describe('a sprite', () => {
  const area = (shape: number, scale: number): number => {
    const recipe = {
      family: 'sprites' as const,
      image: { height: 64, width: 64 },
      params: {
        shapes: SHAPES.length,
        x: [0, 0] as [number, number],
        y: [0, 0] as [number, number],
        scale: [scale, scale] as [number, number],
        ink: [1, 1] as [number, number],
        ground: [0, 0] as [number, number],
      },
    };
    for (let index = 0; ; index++) {
      const { label, image } = sample(recipe, 1, 0, index);
      if (label === shape) return image.reduce((sum, value) => sum + value, 0) / 64 ** 2;
    }
  };

  // Areas for radius 1: (3/2)^2, π·11/20, 1.2²·(1 + π/4), (3√3)/4, 4·.95·.6 − .36.
  const AREAS = [2.25, Math.PI * 0.55, 1.44 * (1 + Math.PI / 4), (3 * Math.sqrt(3)) / 4, 1.92];
  it.each(SHAPES.map((name, shape) => [name, shape] as const))('%s has the area of its formula at any rotation', (_, shape) => {
    expect(area(shape, 0.3) / (AREAS[shape]! * 0.09)).toBeCloseTo(1, 1);
  });

  it('lies where its label says', () => {
    const recipe = {
      family: 'sprites' as const,
      image: { height: 64, width: 64 },
      params: { shapes: 2, ground: [0, 0] as [number, number] },
      label: { kind: 'values' as const },
    };
    for (let index = 0; index < 12; index++) {
      const { image, labels } = sample(recipe, 3, 0, index);
      const mass = image.reduce((sum, value) => sum + value, 0);
      const x = image.reduce((sum, value, i) => sum + value * ((i % 64) + 0.5), 0) / mass / 64 - 0.5;
      const y = image.reduce((sum, value, i) => sum + value * (Math.floor(i / 64) + 0.5), 0) / mass / 64 - 0.5;
      expect(x).toBeCloseTo(0.25 * labels[0]!, 2);
      expect(y).toBeCloseTo(0.25 * labels[1]!, 2);
    }
  });
});

describe('a recipe of sprites', () => {
  it.each([
    [{ params: { shapes: 6 } }, 'recipe.params.shapes: got 6; expected <=5'],
    [{ params: { x: [0.2, 0.1] } }, 'recipe.params.x: got [0.2,0.1]; expected a range [low, high] with low ≤ high'],
    [{ params: { scale: [0, 1] } }, 'recipe.params.scale.0: got 0; expected >=0.05'],
    [{ label: { kind: 'area' } }, 'recipe.label.kind: got "area"'],
  ])('refuses %j', (fields, message) => {
    expect(() => parseRecipe({ family: 'sprites', ...fields })).toThrow(message);
  });
});

import type { Draws } from '../../draws.js';
import type { TwinSample } from '../../family.js';
import type { PointsRecipe } from './family.js';

/** One point in f64, from its drawn parameters: the place `along` (0 to 1) on the curve of its class, and the noise. */
export function pointsTwin({ params, label }: PointsRecipe, _: Draws, parameters: Readonly<Record<string, number>>): TwinSample {
  const p = parameters as Record<'class' | 'along' | 'noiseX' | 'noiseY', number>;
  const at = (radius: number, turn: number): [number, number] => [
    radius * Math.cos(2 * Math.PI * turn),
    radius * Math.sin(2 * Math.PI * turn),
  ];
  const place = (): [number, number] => {
    switch (params.shape) {
      case 'moons': {
        // Half circles of radius 1, the second upside down and moved, both around the origin.
        const [x, y] = at(1, p.along / 2);
        return p.class === 0 ? [x - 0.5, y - 0.25] : [0.5 - x, 0.25 - y];
      }
      case 'spirals':
        // The square root spreads the points evenly along the arm, which gets longer outwards.
        return at(0.1 + 0.9 * Math.sqrt(p.along), params.turns * Math.sqrt(p.along) + p.class / label.classes);
      case 'blobs':
        return at(1, p.class / label.classes);
      case 'circles':
        return at((p.class + 1) / label.classes, p.along);
    }
  };
  const [x, y] = place();
  return { image: Float32Array.of(x + p.noiseX, y + p.noiseY) };
}

import { pcgHash } from '@kindling/core';
import type { Draws } from '../../draws.js';
import type { TwinSample } from '../../family.js';
import { hsv } from '../ifs/hsv.js';
import { type ContoursRecipe, NOISE_DRAW } from './family.js';
import { type ContourSystem, contourSystems } from './systems.js';

type Values = Record<
  | 'class'
  | 'centreX'
  | 'centreY'
  | 'radius'
  | 'turn'
  | 'stretch'
  | 'thickness'
  | 'value'
  | 'fade'
  | 'ground'
  | 'hue'
  | 'hueStep'
  | 'saturation',
  number
>;

/** Radii of all orbits at an angle in units of the outer radius, and how much longer a piece of line is there than its arc at radius `distance`. */
export function radiiAt(system: ContourSystem, angle: number, distance: number, word: number): { radii: number[]; slope: number } {
  const { orbits, vertices, frequencies, amplitudes, noise, inner } = system;
  const [a, b] = [amplitudes[0] / 2, amplitudes[1] / 2];
  const turn = angle / (2 * Math.PI) - Math.floor(angle / (2 * Math.PI));
  const before = Math.floor(turn * vertices) % vertices;
  const part = turn * vertices - Math.floor(turn * vertices);
  const bend = ((2 * part - 1) * Math.PI) / vertices;
  const chord = Math.cos(Math.PI / vertices) / Math.cos(bend);
  const wave = a * Math.sin(frequencies[0] * angle) + b * Math.sin(frequencies[1] * angle);
  const rise = a * frequencies[0] * Math.cos(frequencies[0] * angle) + b * frequencies[1] * Math.cos(frequencies[1] * angle);
  const corner = (k: number, vertex: number): number => (pcgHash((word + 1024 * k + (vertex % vertices)) >>> 0) >>> 8) * 2 ** -23 - 1;
  const spacing = (1 - a - b - noise - inner) / (Math.max(orbits, 2) - 1);
  return {
    radii: Array.from(
      { length: orbits },
      (_, k) => chord * (inner + k * spacing + noise * ((1 - part) * corner(k, before) + part * corner(k, before + 1)) - wave),
    ),
    slope: Math.hypot(1, Math.tan(bend) - (chord * rise) / Math.max(distance, inner / 2)),
  };
}

/** One sample of family `contours` in f64, from its drawn parameters. */
export function contoursTwin(recipe: ContoursRecipe, draws: Draws, parameters: Readonly<Record<string, number>>): TwinSample {
  const { height, width, channels } = recipe.image;
  const p = parameters as Values;
  const system = contourSystems(recipe.params, recipe.label.classes)[p.class]!;
  const word = draws.word('image', NOISE_DRAW);
  const paint = (hue: number, saturation: number, value: number): number[] => (channels === 1 ? [value] : hsv(hue, saturation, value));
  const side = Math.min(height, width);
  const radius = side * p.radius;
  const reach = 0.5 * Math.max(1, side * p.thickness) + 0.5;
  const [cos, sin] = [Math.cos(2 * Math.PI * p.turn), Math.sin(2 * Math.PI * p.turn)];
  const image = new Float32Array(channels * height * width);
  for (let j = 0; j < height; j++) {
    for (let i = 0; i < width; i++) {
      const [dx, dy] = [i + 0.5 - width / 2 - side * p.centreX, j + 0.5 - height / 2 - side * p.centreY];
      const [u, v] = [(cos * dx + sin * dy) / Math.sqrt(p.stretch), (cos * dy - sin * dx) * Math.sqrt(p.stretch)];
      const distance = Math.hypot(u, v);
      const { radii, slope } = radiiAt(system, Math.atan2(v, u), distance / radius, word);
      let colour = paint(p.hue + 0.5, 0.5 * p.saturation, p.ground);
      radii.forEach((r, k) => {
        const cover = Math.min(Math.max(reach - Math.abs(distance - radius * r) / slope, 0), 1);
        const line = paint(p.hue + p.hueStep * k, p.saturation, p.value + p.fade * (k / Math.max(radii.length - 1, 1) - 0.5));
        colour = colour.map((part, c) => part * (1 - cover) + line[c]! * cover);
      });
      colour.forEach((part, c) => {
        image[(c * height + j) * width + i] = part;
      });
    }
  }
  return { image };
}

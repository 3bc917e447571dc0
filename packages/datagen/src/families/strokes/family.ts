import { defineProgram } from '@kindling/core';
import render from '@kindling/shaders/families/strokes/render';
import pcg from '@kindling/shaders/random/pcg';
import threefry from '@kindling/shaders/random/threefry';
import type { Family } from '../../family.js';
import { drawingParams, imageWorkgroups, slicesOf, workgroupSizeOf } from '../../image-launch.js';
import { turnLibrary } from '../../turn.js';
import { DIGITS } from './digits.js';
import { FORMS, glyphTables, MAX_POINTS, PIECES } from './glyph.js';
import { type StrokesRecipe, type StrokesRecipeInput, strokesSchema } from './recipe.js';
import { strokesTwin } from './twin.js';

const source = { path: 'families/strokes/render.wgsl', text: render };
const libraries = [{ path: 'random/threefry.wgsl', text: threefry }, { path: 'random/pcg.wgsl', text: pcg }, turnLibrary];

/** The first draw of the jitter: two words (x, y) a control point. Parameters stay below. */
export const FIRST_JITTER = 64;
const tables = glyphTables(DIGITS);

/** The label value that maps low..high to −1..1; a range of one point gives 0. */
const unit = (parameter: string, [low, high]: readonly [number, number]) => ({
  parameter,
  shift: (low + high) / 2,
  scale: high > low ? 2 / (high - low) : 0,
});

/** Handwritten digits: what a net trained without natural images learns MNIST from. */
export const strokes: Family<StrokesRecipe, StrokesRecipeInput> = {
  id: 'strokes',
  title: 'handwritten digits as Bézier strokes in the format of MNIST, labelled by digit, or by slant, aspect, rotation and thickness',
  form: 'image',
  labels: ['class', 'values'],
  schema: strokesSchema,
  check: () => undefined,
  labelFormat: ({ label }) => (label.kind === 'class' ? { dtype: 'u32', outputs: 10 } : { dtype: 'f32', outputs: 4 }),
  parameters({ params }) {
    const range = ([low, high]: readonly [number, number]) => ({ kind: 'uniform' as const, low, high });
    const {
      slant,
      aspect,
      rotation,
      thickness,
      softness,
      pressure,
      variety,
      jitter,
      warp,
      balance,
      taper,
      roughness,
      tension,
      shift,
      scale,
      ink,
    } = params;
    return [
      { name: 'class', stream: 'label', draw: 0, kind: 'class', classes: 10 },
      { name: 'form', stream: 'image', draw: 0, kind: 'integer', low: 0, high: FORMS - 1 },
      { name: 'modeA', stream: 'image', draw: 1, ...range([-variety, variety]), easy: 0 },
      { name: 'modeB', stream: 'image', draw: 2, ...range([-variety, variety]), easy: 0 },
      { name: 'modeC', stream: 'image', draw: 3, ...range([-variety, variety]), easy: 0 },
      { name: 'slant', stream: 'image', draw: 4, kind: 'normal', ...slant, easy: slant.mean },
      { name: 'aspect', stream: 'image', draw: 6, ...range(aspect), easy: (aspect[0] + aspect[1]) / 2 },
      { name: 'rotation', stream: 'image', draw: 7, ...range(rotation), easy: (rotation[0] + rotation[1]) / 2 },
      { name: 'thickness', stream: 'image', draw: 8, ...range(thickness) },
      { name: 'softness', stream: 'image', draw: 9, ...range(softness) },
      { name: 'pressure', stream: 'image', draw: 10, ...range(pressure), easy: pressure[0] },
      { name: 'jitter', stream: 'image', draw: 11, ...range(jitter), easy: jitter[0] },
      { name: 'warp', stream: 'image', draw: 12, ...range(warp), easy: warp[0] },
      { name: 'warpPhaseX', stream: 'image', draw: 13, ...range([-1, 1]) },
      { name: 'warpPhaseY', stream: 'image', draw: 14, ...range([-1, 1]) },
      { name: 'pressurePhase', stream: 'image', draw: 15, ...range([-1, 1]) },
      { name: 'shiftX', stream: 'image', draw: 16, ...range(shift), easy: 0 },
      { name: 'shiftY', stream: 'image', draw: 17, ...range(shift), easy: 0 },
      { name: 'scale', stream: 'image', draw: 18, ...range(scale), easy: (scale[0] + scale[1]) / 2 },
      { name: 'ink', stream: 'image', draw: 19, ...range(ink), easy: ink[1] },
      { name: 'red', stream: 'image', draw: 20, ...range([0.3, 1]) },
      { name: 'green', stream: 'image', draw: 21, ...range([0.3, 1]) },
      { name: 'blue', stream: 'image', draw: 22, ...range([0.3, 1]) },
      { name: 'balance', stream: 'image', draw: 23, ...range(balance), easy: 0 },
      { name: 'taper', stream: 'image', draw: 24, ...range(taper), easy: 0 },
      { name: 'roughness', stream: 'image', draw: 25, ...range(roughness), easy: roughness[0] },
      { name: 'grain', stream: 'image', draw: 26, kind: 'integer', low: 0, high: 2 ** 24 - 1 },
      { name: 'tension', stream: 'image', draw: 27, ...range(tension), easy: tension[0] },
    ];
  },
  labelRule({ params, label }) {
    if (label.kind === 'class') return { from: 'class', parameter: 'class' };
    const { slant, aspect, rotation, thickness } = params;
    return {
      from: 'values',
      values: [
        { parameter: 'slant', shift: slant.mean, scale: slant.deviation > 0 ? 1 / slant.deviation : 0 },
        unit('aspect', aspect),
        unit('rotation', rotation),
        unit('thickness', thickness),
      ],
    };
  },
  draws: () => ({ label: 1, image: FIRST_JITTER + 2 * MAX_POINTS }),
  tables: () => ({ glyphs: tables.glyphs, points: tables.points }),
  render(recipe, launch) {
    const program = defineProgram({
      name: 'strokes/render',
      source,
      libraries,
      constants: { workgroup_size: workgroupSizeOf(launch) },
      params: { ...drawingParams(recipe, launch), first_call: FIRST_JITTER / 2, box: recipe.params.box, pieces: PIECES, corners: 4 },
      workgroups: imageWorkgroups(launch, slicesOf(recipe, launch)),
    });
    return [{ program, resources: {} }];
  },
  twin: strokesTwin,
};

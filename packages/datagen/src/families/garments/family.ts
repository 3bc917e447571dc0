import { defineProgram } from '@kindling/core';
import render from '@kindling/shaders/families/garments/render';
import pcg from '@kindling/shaders/random/pcg';
import threefry from '@kindling/shaders/random/threefry';
import type { Family } from '../../family.js';
import { drawingParams, imageWorkgroups, slicesOf, workgroupSizeOf } from '../../image-launch.js';
import { turnLibrary } from '../../turn.js';
import { FORMS } from '../strokes/glyph.js';
import { coat, dress, pullover, shirt, trouser, tShirt } from './clothes.js';
import { garmentTables, MAX_POINTS } from './part.js';
import { type GarmentsRecipe, type GarmentsRecipeInput, garmentsSchema } from './recipe.js';
import { ankleBoot, bag, sandal, sneaker } from './shoes.js';
import { garmentsTwin } from './twin.js';

const source = { path: 'families/garments/render.wgsl', text: render };
const libraries = [{ path: 'random/threefry.wgsl', text: threefry }, { path: 'random/pcg.wgsl', text: pcg }, turnLibrary];

/** The cuts of each class, in the order of Fashion-MNIST's classes. */
export const GARMENTS = [tShirt, trouser, pullover, dress, coat, sandal, shirt, sneaker, bag, ankleBoot] as const;
/** The first draw of the jitter: two words (x, y) a control point. Parameters stay below. */
export const FIRST_JITTER = 64;
const tables = garmentTables(GARMENTS);

/** Clothes, shoes and bags in the format of Fashion-MNIST. */
export const garments: Family<GarmentsRecipe, GarmentsRecipeInput> = {
  id: 'garments',
  title: 'silhouettes of clothes, shoes and bags in the format of Fashion-MNIST, labelled by its ten classes',
  form: 'image',
  labels: ['class'],
  schema: garmentsSchema,
  check: () => undefined,
  labelFormat: () => ({ dtype: 'u32', outputs: GARMENTS.length }),
  parameters({ params }) {
    const range = ([low, high]: readonly [number, number]) => ({ kind: 'uniform' as const, low, high });
    const { aspect, rotation, variety, jitter, shift, scale, softness, brightness, shade, folds, grain, frequency, strength } = params;
    return [
      { name: 'class', stream: 'label', draw: 0, kind: 'class', classes: GARMENTS.length },
      { name: 'form', stream: 'image', draw: 0, kind: 'integer', low: 0, high: FORMS - 1 },
      { name: 'modeA', stream: 'image', draw: 1, ...range([-variety, variety]), easy: 0 },
      { name: 'modeB', stream: 'image', draw: 2, ...range([-variety, variety]), easy: 0 },
      { name: 'modeC', stream: 'image', draw: 3, ...range([-variety, variety]), easy: 0 },
      { name: 'aspect', stream: 'image', draw: 4, ...range(aspect), easy: (aspect[0] + aspect[1]) / 2 },
      { name: 'rotation', stream: 'image', draw: 5, ...range(rotation), easy: (rotation[0] + rotation[1]) / 2 },
      { name: 'jitter', stream: 'image', draw: 6, ...range(jitter), easy: jitter[0] },
      { name: 'scale', stream: 'image', draw: 7, ...range(scale), easy: scale[1] },
      { name: 'shiftX', stream: 'image', draw: 8, ...range(shift), easy: 0 },
      { name: 'shiftY', stream: 'image', draw: 9, ...range(shift), easy: 0 },
      { name: 'softness', stream: 'image', draw: 10, ...range(softness) },
      { name: 'brightness', stream: 'image', draw: 11, ...range(brightness), easy: brightness[1] },
      { name: 'tone', stream: 'image', draw: 12, ...range([-1, 1]) },
      { name: 'shade', stream: 'image', draw: 13, ...range(shade), easy: shade[0] },
      { name: 'folds', stream: 'image', draw: 14, ...range(folds), easy: folds[0] },
      { name: 'grain', stream: 'image', draw: 15, ...range(grain), easy: grain[0] },
      { name: 'noise', stream: 'image', draw: 16, kind: 'integer', low: 0, high: 2 ** 24 - 1 },
      { name: 'pattern', stream: 'image', draw: 17, kind: 'integer', low: 0, high: 13 },
      { name: 'frequency', stream: 'image', draw: 18, ...range(frequency) },
      { name: 'strength', stream: 'image', draw: 19, ...range(strength), easy: strength[0] },
      { name: 'red', stream: 'image', draw: 20, ...range([0.3, 1]) },
      { name: 'green', stream: 'image', draw: 21, ...range([0.3, 1]) },
      { name: 'blue', stream: 'image', draw: 22, ...range([0.3, 1]) },
    ];
  },
  labelRule: () => ({ from: 'class', parameter: 'class' }),
  draws: () => ({ label: 1, image: FIRST_JITTER + 2 * MAX_POINTS }),
  tables: () => tables,
  render(recipe, launch) {
    const program = defineProgram({
      name: 'garments/render',
      source,
      libraries,
      constants: { workgroup_size: workgroupSizeOf(launch) },
      params: { ...drawingParams(recipe, launch), first_call: FIRST_JITTER / 2, corners: 4, box: recipe.params.box },
      workgroups: imageWorkgroups(launch, slicesOf(recipe, launch)),
    });
    return [{ program, resources: {} }];
  },
  twin: garmentsTwin,
};

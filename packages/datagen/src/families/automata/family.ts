import { defineProgram } from '@kindling/core';
import render from '@kindling/shaders/families/automata/render';
import threefry from '@kindling/shaders/random/threefry';
import type { Family } from '../../family.js';
import { drawingParams, imageWorkgroups, workgroupSizeOf } from '../../image-launch.js';
import { TONE_DRAWS, toneLibrary, toneParameters } from '../../tone.js';
import { type AutomataRecipe, type AutomataRecipeInput, automataSchema, ruleWord } from './recipe.js';
import { automataTwin, FIRST_CELL, WORD_DRAWS } from './twin.js';

const source = { path: 'families/automata/render.wgsl', text: render };
const libraries = [{ path: 'random/threefry.wgsl', text: threefry }, toneLibrary];
const FIRST_TONE = 4;

/** What simple local rules make of random cells: histories of elementary automata and grids of life-like ones. */
export const automata: Family<AutomataRecipe, AutomataRecipeInput> = {
  id: 'automata',
  title: 'elementary and life-like cellular automata from random cells, labelled by the rule',
  form: 'image',
  labels: ['class'],
  schema: automataSchema,
  check: () => undefined,
  labelFormat: ({ params }) => ({ dtype: 'u32', outputs: params.rules.length }),
  parameters({ params: { rules, steps, density, cell, contrast } }) {
    const whole = ([low, high]: readonly [number, number]) => ({ kind: 'integer' as const, low, high });
    return [
      { name: 'rule', stream: 'label', draw: 0, kind: 'class', classes: rules.length },
      { name: 'steps', stream: 'image', draw: 0, ...whole(steps) },
      { name: 'density', stream: 'image', draw: 1, ...whole(density) },
      { name: 'cell', stream: 'image', draw: 2, ...whole(cell) },
      ...toneParameters(contrast, FIRST_TONE),
    ];
  },
  labelRule: () => ({ from: 'class', parameter: 'rule' }),
  draws({ image: { height, width }, params: { cell, rules } }) {
    const rows = rules.some((rule) => rule.startsWith('B')) ? Math.ceil(height / cell[0]) : 1;
    const words = rows * Math.ceil(Math.ceil(width / cell[0]) / 32);
    return { label: 1, image: Math.max(FIRST_TONE + TONE_DRAWS, FIRST_CELL + WORD_DRAWS * words) };
  },
  tables: ({ params }) => ({ rules: Uint32Array.from(params.rules, ruleWord) }),
  render(recipe, launch) {
    const { slices: _, ...params } = drawingParams(recipe, launch);
    const program = defineProgram({
      name: 'automata/render',
      source,
      libraries,
      constants: { workgroup_size: workgroupSizeOf(launch, 8, 32) },
      params,
      workgroups: imageWorkgroups(launch),
    });
    return [{ program, resources: {} }];
  },
  twin: automataTwin,
};

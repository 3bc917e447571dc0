import { type BufferSpec, defineProgram, foldWorkgroups, type Pass, STREAM, type Stream } from '@kindling/core';
import distributions from '@kindling/shaders/random/distributions';
import threefry from '@kindling/shaders/random/threefry';
import draw from '@kindling/shaders/sample/draw';
import words from '@kindling/shaders/sample/words';
import { type Family, indexParams, type Launch, type RecipeShape } from './family.js';
import { floatBits, isFloat, type Parameter, parameterWords } from './parameter.js';
import { categoricalProgram } from './random/categorical.js';

const libraries = [
  { path: 'random/threefry.wgsl', text: threefry },
  { path: 'random/distributions.wgsl', text: distributions },
];

/** Samples a workgroup; no bit depends on it. CPU adapters pay by the workgroup and the lane, GPUs want full warps. */
const workgroupSize = (launch: Launch): number => launch.workgroupSize ?? (launch.traits?.software ? 8 : 64);

/** What the caller or a mixture decides about one family's draws. */
export interface DrawOptions {
  /** Names of buffers. `table` is made here. */
  readonly names: { readonly table: string; readonly rows: string };
  readonly part?: number;
  readonly classOffset?: number;
  /** `part`: y is the part's number, whatever the family's own label is. */
  readonly label: 'own' | 'part';
  readonly hasDifficulty: boolean;
  /** Control buffers hold one row for all models. */
  readonly controlShared: boolean;
  /** Parameters that another pass writes into `rows`. */
  readonly given: readonly string[];
}

/** The pass that draws a family's parameters into `rows` and, where it follows from them, the label into `y`. */
export function drawPass(family: Family, recipe: RecipeShape, launch: Launch, options: DrawOptions): { pass: Pass; table: BufferSpec } {
  const parameters = family.parameters(recipe);
  const rule = family.labelRule(recipe);
  const place = (name: string): number => parameters.findIndex((parameter) => parameter.name === name);
  const values = rule.from === 'values' ? rule.values : [];
  const data = Uint32Array.from([
    ...parameters.flatMap((parameter) => parameterWords(parameter, options.given.includes(parameter.name))),
    ...values.flatMap(({ parameter, shift, scale }) => {
      const index = place(parameter);
      return [index, floatBits(shift), floatBits(scale), isFloat(parameters[index]!) ? 0 : 1];
    }),
    // A buffer cannot be empty.
    0,
  ]);
  const label = options.label === 'part' ? 3 : { kernel: 0, class: 1, values: 2 }[rule.from];
  const { part } = options;
  const program = defineProgram({
    name: 'sample/draw',
    source: { path: 'sample/draw.wgsl', text: draw },
    libraries,
    constants: { workgroup_size: workgroupSize(launch) },
    params: {
      ...indexParams(launch),
      count: parameters.length,
      label,
      label_parameter: rule.from === 'class' ? place(rule.parameter) : 0,
      outputs: values.length,
      class_offset: options.classOffset ?? 0,
      part: part ?? 0,
      has_choice: part === undefined ? 0 : 1,
      has_difficulty: options.hasDifficulty ? 1 : 0,
      difficulty_model: options.controlShared ? 0 : 1,
      stream: STREAM.label,
    },
    workgroups: foldWorkgroups(Math.ceil(launch.batch / workgroupSize(launch)), launch.models),
  });
  const { table, rows } = options.names;
  return {
    table: { name: table, bytes: data.byteLength, data: new Uint8Array(data.buffer) },
    pass: {
      program,
      resources: {
        state: 'state',
        seeds: 'seeds',
        table,
        difficulty: options.hasDifficulty ? 'difficulty' : table,
        choice: part === undefined ? table : 'choice',
        rows,
        y: 'y',
      },
    },
  };
}

/**
 * The pass that draws the parameters of post-passes into `rows` u32 [M,B,1+parameters]. Their stream `label` stands for the stream of
 * augmentation, which the kernel reads in its place.
 */
export function postDrawPass(
  parameters: readonly Parameter[],
  launch: Launch,
  names: { readonly table: string; readonly rows: string; readonly y: string },
) {
  const data = Uint32Array.from(parameters.flatMap((parameter) => parameterWords(parameter, false)));
  const none = {
    label: 0,
    label_parameter: 0,
    outputs: 0,
    class_offset: 0,
    part: 0,
    has_choice: 0,
    has_difficulty: 0,
    difficulty_model: 0,
  };
  const program = defineProgram({
    name: 'sample/draw',
    source: { path: 'sample/draw.wgsl', text: draw },
    libraries,
    constants: { workgroup_size: workgroupSize(launch) },
    params: { ...indexParams(launch), count: parameters.length, stream: STREAM.augmentation, ...none },
    workgroups: foldWorkgroups(Math.ceil(launch.batch / workgroupSize(launch)), launch.models),
  });
  const { table, rows, y } = names;
  // The kernel writes no label here: what is bound as y is left alone.
  const resources = { state: 'state', seeds: 'seeds', table, difficulty: table, choice: table, rows, y };
  return {
    table: { name: table, bytes: data.byteLength, data: new Uint8Array(data.buffer) } satisfies BufferSpec,
    pass: { program, resources } satisfies Pass,
  };
}

/** Which weights choose, by which word, and where the category is written. */
export interface ChooseOptions {
  /** Categories, 1 to 256. */
  readonly count: number;
  readonly stream: Stream;
  readonly draw: number;
  /** Name of the buffer of weights f32 [M or 1, count]. */
  readonly weights: string;
  /** All models read the first row of the weights. */
  readonly shared: boolean;
  /** Name of the u32 buffer that receives the category; words of one sample in it, and which of them. */
  readonly chosen: string;
  readonly stride?: number;
  readonly offset?: number;
}

/** The pass that draws a category for each sample, by weights that are on the GPU: a mixture's part, or a class. */
export function choosePass(launch: Launch, options: ChooseOptions): Pass {
  const { count, weights, shared, chosen, ...where } = options;
  const { batch, models, firstIndex, indexStep, indexTop, seedsShared, traits } = launch;
  const samples = { batch, models, firstIndex, indexStep, indexTop, seedsShared, traits };
  return {
    program: categoricalProgram({ ...samples, ...where, categories: count, weightsShared: shared }),
    resources: { state: 'state', seeds: 'seeds', weights, chosen },
  };
}

/** The pass that writes raw draws 0 .. draws−1 of a stream into `words` [M,B,draws] u32. */
export function wordsPass(stream: Stream, draws: number, launch: Launch): Pass {
  const calls = launch.batch * Math.ceil(draws / 2);
  return {
    program: defineProgram({
      name: 'sample/words',
      source: { path: 'sample/words.wgsl', text: words },
      libraries: [libraries[0]!],
      constants: { workgroup_size: workgroupSize(launch) },
      params: { ...indexParams(launch), draws, stream: STREAM[stream] },
      workgroups: foldWorkgroups(Math.ceil(calls / workgroupSize(launch)), launch.models),
    }),
    resources: { state: 'state', seeds: 'seeds', words: 'words' },
  };
}

import { type BufferSpec, InputError, type Pass, type Passes, type Traits } from '@kindling/core';
import { checkBuffers } from './buffers.js';
import { choosePass, drawPass } from './draw.js';
import { type Family, type ImageSize, type LabelFormat, type Launch, pixelsOf, type RecipeShape } from './family.js';
import { classOffset, type MixtureRecipe } from './mixture.js';
import type { Parameter } from './parameter.js';
import type { PostRows } from './posts/chain.js';
import { planPosted } from './posts/generation.js';
import { type BareRecipe, bareLabel, parseRecipe, type Recipe, type RecipeInput } from './recipe.js';
import { type FamilyRecipe, familyOf } from './registry.js';

export { sample } from './sample.js';

/** What another kernel may decide about the data, in buffers that the caller binds by these names. */
export interface Control {
  /**
   * `classWeights` f32 [M, classes]: relative weights of the drawn class. Negative, NaN and infinite ones count as 0; all zero is uniform.
   * In a mixture they hold for every part: all must draw a class, of as many.
   */
  readonly classWeights?: boolean;
  /** `familyWeights` f32 [M, parts]: relative weights of a mixture's parts. */
  readonly familyWeights?: boolean;
  /** `difficulty` f32 [M] in 0 .. 1: shrinks the parameters that have an easy value towards it. */
  readonly difficulty?: boolean;
  /** All models read the first row of these buffers. */
  readonly shared?: boolean;
  /** Parameters that are not drawn: the caller's kernel has written their words in `rows` before. */
  readonly given?: readonly string[];
}

/** Which samples of which recipe a batch holds. */
export interface GenerateOptions {
  readonly recipe: RecipeInput;
  /** B, images a model gets in this batch. */
  readonly batch: number;
  /** M, models trained side by side, each with its own seed; 1 by default. */
  readonly models?: number;
  /** Index of the first sample, up to 2^53 − 1; 0 by default. */
  readonly firstIndex?: number;
  /** Distance of two samples' indices; 1 by default. Worker w of W renders firstIndex w, indexStep W. */
  readonly indexStep?: number;
  /** All models read `seeds[0]` and so see the same data; false by default. */
  readonly seedsShared?: boolean;
  readonly control?: Control;
  /** The adapter's, which choose the workgroup size; without them one for real GPUs. */
  readonly traits?: Traits;
  /** Overrides that choice (1 to 256); no bit of the data depends on it. */
  readonly workgroupSize?: number;
}

/** Where the drawn parameters of a family stand: in buffer `name`, u32 [M, B, 1 + parameters], word 0 is 1 where the sample is the family's. */
export interface Rows {
  readonly name: string;
  readonly family: string;
  readonly parameters: readonly Parameter[];
}

/**
 * The dispatches that render a batch, as plain data. The caller binds `state` (u32, state[0] is the step), `seeds` u32 [M] ([1] when shared),
 * `x` f32 [M,B,C·H·W], `y` ([M,B] u32 or [M,B,outputs] f32, see `label`) and the control buffers asked for. A caller who passes a buffer of
 * the name of one in `rows` logs the parameters.
 */
export interface Generation extends Passes {
  readonly recipe: Recipe;
  readonly label: LabelFormat;
  readonly rows: readonly Rows[];
  /** Where the posts' parameters stand, if any are drawn; logged by passing a buffer of this name. */
  readonly postRows?: PostRows;
}

/** Names that belong to the caller; every other name of a family is its own. */
const EXTERNAL = new Set(['state', 'seeds', 'x', 'y']);

/**
 * Plans a batch: `sample(recipe, seeds[m], state[0], firstIndex + b·indexStep)` for every model m and b, written where the model reads it.
 * The passes do not change with the step.
 * @throws InputError for an invalid recipe, a size that is not whole and positive, a batch that does not fit, or control that does not apply.
 */
export function planGeneration(options: GenerateOptions): Generation {
  const recipe = parseRecipe(options.recipe);
  const launch = launchOf(options, recipe);
  const control = options.control ?? {};
  checkControl(control, recipe);
  const { post = [], ...plain } = recipe;
  const planned =
    post.length === 0
      ? planBare(recipe, launch, control)
      : planPosted(post, recipe.image, launch, bareLabel(recipe), (other) =>
          // Partners of mixup follow the same control, but parameters that the caller gives are given for the batch itself only.
          planBare(plain as BareRecipe, other, other.indexTop ? { ...control, given: [] } : control),
        );
  const { dtype, outputs } = planned.label;
  const labels = { name: 'y', bytes: 4 * launch.models * launch.batch * (dtype === 'u32' ? 1 : outputs) };
  checkBuffers(`generate ${recipe.family}`, [labels, ...planned.buffers], launch.traits);
  return { ...planned, recipe };
}

const planBare = (recipe: BareRecipe, launch: Launch, control: Control): Generation =>
  recipe.family === 'mixture' ? planMixture(recipe, launch, control) : planFamily(recipe, launch, { prefix: '', control });

function launchOf(options: GenerateOptions, recipe: Recipe): Launch {
  return checkLaunch(options, recipe.image, `generate ${recipe.family}`);
}

/** A launch with its defaults filled in. @throws InputError for sizes that are not whole and positive, or a batch that does not fit */
export function checkLaunch(options: Omit<GenerateOptions, 'recipe' | 'control'>, image: ImageSize, subject: string): Launch {
  const { batch, models = 1, firstIndex = 0, indexStep = 1, seedsShared = false, traits, workgroupSize } = options;
  const sizes = [batch, models, indexStep, workgroupSize ?? 1];
  const lastOffset = (batch - 1) * indexStep;
  if (
    !sizes.every((size) => Number.isSafeInteger(size) && size >= 1) ||
    !(firstIndex >= 0) ||
    lastOffset >= 2 ** 32 ||
    !Number.isSafeInteger(firstIndex + lastOffset)
  ) {
    throw new InputError({
      subject,
      got: `batch ${batch}, models ${models}, firstIndex ${firstIndex}, indexStep ${indexStep}, workgroupSize ${workgroupSize}`,
      expected: 'whole positive sizes (firstIndex >= 0), (batch − 1)·indexStep < 2^32 and indices below 2^53',
      next: 'render the batch in parts, each with its own firstIndex',
    });
  }
  const bytes = 4 * models * batch * pixelsOf(image);
  const limit = Math.min(traits?.maxStorageBufferBindingSize ?? Infinity, 2 ** 32 - 4);
  if (bytes > limit) {
    throw new InputError({
      subject,
      got: `${bytes} bytes of images (batch ${batch}, models ${models}, ${pixelsOf(image)} pixels)`,
      expected: `at most ${limit} bytes in one buffer on this device`,
      next: 'use a smaller batch, fewer models or smaller images',
    });
  }
  return {
    batch,
    models,
    firstIndex,
    indexStep,
    seedsShared,
    rowStride: 0,
    ...(traits ? { traits } : {}),
    ...(workgroupSize === undefined ? {} : { workgroupSize }),
  };
}

function checkControl({ classWeights, familyWeights, given = [] }: Control, recipe: Recipe): void {
  const refuse = (field: string, got: string, expected: string, next: string): never => {
    throw new InputError({ subject: `generate ${recipe.family}: control.${field}`, got, expected, next });
  };
  if (recipe.family === 'mixture') {
    if (classWeights && !drawnClasses(recipe)) {
      refuse(
        'classWeights',
        'a mixture whose parts differ in classes',
        'parts that all draw a class, of as many',
        'weigh the parts instead',
      );
    }
    if (given.length > 0) refuse('given', given.join(', '), 'a recipe of one family', 'give the parameters of a family by itself');
    return;
  }
  if (familyWeights) refuse('familyWeights', `family ${recipe.family}`, 'a mixture', 'put the families into {"family": "mixture"}');
  const parameters = familyOf(recipe).parameters(recipe);
  if (classWeights && !parameters.some(({ kind }) => kind === 'class')) {
    refuse('classWeights', `family ${recipe.family}`, 'a family that draws a class', 'leave the control out');
  }
  const names = parameters.map(({ name }) => name);
  for (const name of given) {
    if (classWeights && parameters.some((parameter) => parameter.name === name && parameter.kind === 'class')) {
      refuse('given', `${name}, and classWeights`, 'one of the two to choose the class', 'leave one out');
    }
    if (!names.includes(name)) refuse('given', name, `a parameter of the family: ${names.join(', ') || 'it has none'}`, 'correct the name');
  }
}

/** Classes that every part of a mixture draws from; undefined where one draws none, or from another number. */
function drawnClasses({ parts }: MixtureRecipe): number | undefined {
  const counts = parts.map(
    ({ recipe }) =>
      familyOf(recipe)
        .parameters(recipe)
        .find((parameter) => parameter.kind === 'class')?.classes,
  );
  return counts.every((count) => count === counts[0]) ? counts[0] : undefined;
}

interface PartOptions {
  /** Put before the names of the family's own buffers. */
  readonly prefix: string;
  readonly control: Control;
  /** The part's number in a mixture. */
  readonly part?: number;
  readonly classOffset?: number;
  readonly label?: 'own' | 'part';
}

function planFamily(recipe: FamilyRecipe, plain: Launch, options: PartOptions): Generation {
  const family: Family<RecipeShape> = familyOf(recipe);
  const { prefix, control, part, classOffset: offset, label = 'own' } = options;
  const parameters = family.parameters(recipe);
  const drawn = parameters.length > 0 || part !== undefined;
  const launch: Launch = { ...plain, rowStride: drawn ? parameters.length + 1 : 0 };
  const external = new Set([...EXTERNAL, ...Object.keys(family.external?.(recipe) ?? {})]);
  const own = (name: string): string => (external.has(name) ? name : `${prefix}${name}`);
  const passes: Pass[] = [];
  const buffers: BufferSpec[] = Object.entries(family.tables(recipe)).map(([name, data]) => ({
    name: own(name),
    bytes: data.byteLength,
    data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  }));
  for (const [name, bytes] of Object.entries(family.scratch?.(recipe, launch) ?? {})) buffers.push({ name: own(name), bytes });
  const ignored = label === 'part' && family.labelRule(recipe).from === 'kernel';
  const format = family.labelFormat(recipe);
  if (ignored) {
    const values = format.dtype === 'u32' ? 1 : format.outputs;
    buffers.push({ name: `${prefix}y`, bytes: 4 * launch.models * launch.batch * values });
  }
  if (drawn) {
    const weighted = control.classWeights ? parameters.findIndex(({ kind }) => kind === 'class') : -1;
    if (weighted >= 0) {
      const parameter = parameters[weighted] as Parameter & { kind: 'class' };
      const { classes: count, stream, draw } = parameter;
      const place = { chosen: own('rows'), stride: launch.rowStride, offset: 1 + weighted };
      passes.push(choosePass(launch, { count, stream, draw, weights: 'classWeights', shared: control.shared ?? false, ...place }));
    }
    const { pass, table } = drawPass(family, recipe, launch, {
      names: { table: own('parameterTable'), rows: own('rows') },
      ...(part === undefined ? {} : { part }),
      ...(offset === undefined ? {} : { classOffset: offset }),
      label,
      hasDifficulty: control.difficulty ?? false,
      controlShared: control.shared ?? false,
      given: [...(control.given ?? []), ...(weighted >= 0 ? [parameters[weighted]!.name] : [])],
    });
    passes.push(pass);
    buffers.push(table, { name: own('rows'), bytes: 4 * launch.models * launch.batch * launch.rowStride });
  }
  for (const { program, resources } of family.render(recipe, launch)) {
    const bound = program.bindings.map(({ name, access }): [string, string] | undefined => {
      if (access === 'uniform') return undefined;
      const local = resources[name] ?? name;
      // Where nothing was drawn the kernel does not read its rows; something must be bound all the same.
      if (local === 'rows' && !drawn) return [name, 'seeds'];
      if (local === 'y' && ignored) return [name, `${prefix}y`];
      return [name, own(local)];
    });
    passes.push({ program, resources: Object.fromEntries(bound.filter((pair) => pair !== undefined)) });
  }
  const rows = drawn ? [{ name: own('rows'), family: recipe.family, parameters }] : [];
  return { recipe, label: format, passes, buffers, rows };
}

function planMixture(recipe: MixtureRecipe, launch: Launch, control: Control): Generation {
  const { parts, label } = recipe;
  const weights = Float32Array.from(parts, ({ weight }) => weight);
  const choose = choosePass(launch, {
    count: parts.length,
    stream: 'mixture',
    draw: 0,
    weights: control.familyWeights ? 'familyWeights' : 'partWeights',
    shared: control.familyWeights ? (control.shared ?? false) : true,
    chosen: 'choice',
  });
  const plans = parts.map((part, i) =>
    planFamily(part.recipe, launch, {
      prefix: `${i}.`,
      // The other controls hold for every part alike; a part's class may be drawn for samples of another, which then ignore it.
      control: { classWeights: control.classWeights ?? false, difficulty: control.difficulty ?? false, shared: control.shared ?? false },
      part: i,
      classOffset: classOffset(recipe, i),
      label: label.kind === 'part' ? 'part' : 'own',
    }),
  );
  return {
    recipe,
    label: bareLabel(recipe),
    passes: [choose, ...plans.flatMap(({ passes }) => passes)],
    buffers: [
      { name: 'partWeights', bytes: weights.byteLength, data: new Uint8Array(weights.buffer) },
      { name: 'choice', bytes: 4 * launch.models * launch.batch },
      ...plans.flatMap(({ buffers }) => buffers),
    ],
    rows: plans.flatMap(({ rows }) => rows),
  };
}

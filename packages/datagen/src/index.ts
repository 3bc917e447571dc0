export {
  type BufferRegion,
  type Created,
  type CreatedBuffer,
  type DType,
  InputError,
  PipelineCache,
  type Plan,
  type Prepared,
  type PrepareOptions,
  prepare,
  prepareAsync,
  type Region,
  type Shape,
  type Task,
  type TensorSpec,
  type Traits,
  traitsOf,
} from '@kindling/core';
export { type ByteGeneration, planBytes } from './bytes.js';
export { describeFamily, type FamilyDescription } from './describe.js';
export { type DigestBatch, type DigestLayout, type DrawCounts, digestLayout, digestWords, planWords } from './digest.js';
export { wordsPass } from './draw.js';
export { Draws } from './draws.js';
export { type BatchOptions, type BatchPlan, planBatch } from './embed.js';
export { countMoments } from './families/count/label.js';
export type { TeacherRecipe } from './families/teacher/family.js';
export { type Teacher, teacherField, teacherOf, teacherVector } from './families/teacher/net.js';
export {
  type Family,
  type ImageSize,
  type LabelFormat,
  type LabelRule,
  type Launch,
  pixelsOf,
  type RecipeShape,
  type Sample,
} from './family.js';
export { type Control, type GenerateOptions, type Generation, planGeneration, type Rows, sample } from './generate.js';
export { generatorHash } from './generator-hash.js';
export type { MixturePart, MixtureRecipe, MixtureRecipeInput } from './mixture.js';
export { type PackOptions, packPass, packTwin } from './pack.js';
export { isFloat, type Parameter } from './parameter.js';
export type { PostRows } from './posts/chain.js';
export { type PostOptions, type PostPlan, planPosts } from './posts/plan.js';
export type { Post, PostParameter } from './posts/post.js';
export { type PostId, type PostInput, type PostRecipe, posts } from './posts/registry.js';
export { channelStatistics, planStatistics, type StatisticsOptions } from './posts/statistics.js';
export { type CategoricalOptions, categoricalProgram } from './random/categorical.js';
export { randomSources } from './random/sources.js';
export {
  canonicalJson,
  externalOf,
  formOf,
  labelFormat,
  parseRecipe,
  type Recipe,
  type RecipeInput,
  recipeHash,
} from './recipe.js';
export { type FamilyId, type FamilyRecipe, type FamilyRecipeInput, families, familyOf } from './registry.js';
export { MAX_CANDIDATES, pickTwin, planSelection, type SelectionOptions } from './selection/selection.js';
export { type IndexRange, indexRanges, type Piece, placeOf } from './shards.js';
export { checkCounts, checkParameter, histogram, Moments, type ParameterCheck } from './statistics.js';

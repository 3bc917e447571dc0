export {
  type Dedup,
  type DedupOptions,
  type DedupOrder,
  deduplicate,
  type Greedy,
  greedyKeep,
  keptAt,
  requireEpsilon,
} from './dedup/dedup.js';
export { ExactIndex, exactMatches } from './dedup/exact.js';
export { exactLeaks, type Leak, type LeakScope, nearestTraining } from './dedup/leak.js';
export { type KMeans, type KMeansOptions, kMeans } from './kmeans/kmeans.js';
export { type Nearest, nearestRows, RowBlocks, type SearchOptions, type UnitRows, unitRows } from './kmeans/rows.js';
export { METRIC_NAMES, METRICS, type MetricFacts, type PruneMetric, SIGN } from './metrics/definitions.js';
export { LOGIT_METRICS, type LogitMetric, type LogitScoreProblem, logitScoreProgram, logitScores } from './metrics/logit-scores.js';
export {
  forgettingProgram,
  forgettingScore,
  type GreedyMetric,
  type GroupProblem,
  greedyPrograms,
  groupSumsProgram,
  influenceProgram,
  type LogitsProblem,
  ownCosineProgram,
  type PlaceProblem,
  placeProgram,
  votesProgram,
} from './metrics/programs.js';
export { type NeverLearned, type Overlap, overlapOf, rankCorrelation, ranks, withNeverLearned } from './select/compare.js';
export { indexBytes, type KeepSide, randomScores, requireScores, type SelectOptions, selectKept } from './select/select.js';
export {
  planSimulation,
  type SimulationPlan,
  type SimulationSetting,
} from './simulate/setting.js';
export {
  type SeedResult,
  type SimulationOptions,
  type SimulationProgress,
  type SimulationResult,
  simulate,
} from './simulate/simulate.js';
export { checkStream, type PerceptronStream, runStream, type StreamOptions, type StreamPoint } from './simulate/stream.js';
export { SIMULATION_CELLS, type SimulationCell } from './simulate/table.js';
export { type CurveOptions, type TheoryCurve, type TheoryCurves, theoryCurves } from './theory/curves.js';
export type { Keep } from './theory/perfect.js';
export {
  crossover,
  type EnvelopePoint,
  envelope,
  pruneTheory,
  smallestFraction,
  type TheoryResult,
  type TheorySetting,
} from './theory/theory.js';

export { exportKernel, type KernelFolder, type KernelSummary, kernelNames, requireNames } from './export.js';
export { evaluate, evaluateNumber, type Scope, type Value } from './expression/evaluate.js';
export { type Dispatch, dispatchesOf, outputOf, type Request, refusalOf, scopeOf, variantsOf } from './interpret.js';
export type { Manifest, ManifestPass, ManifestTensor, ManifestVariant } from './manifest.js';

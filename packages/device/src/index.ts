export type { AdapterInfo, AdapterKind } from './adapter.js';
export { type BoundGroup, type BoundRange, boundGroup } from './bound.js';
export { type BindingResource, Device } from './device.js';
export { Meter, type Traffic, type Transfer, type TransferListener } from './meter.js';
export { type AdapterReport, type AdapterSurvey, fromDevice, listAdapters, type OpenOptions, openDevice } from './open.js';
export { type BoundPasses, bindPasses } from './passes.js';
export type { ByteRange } from './readback.js';
export { Stopwatch } from './stopwatch.js';

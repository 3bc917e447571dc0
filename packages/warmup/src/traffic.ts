import type { Traffic } from '@kindling/device';
import type { WarmupTraffic } from './trial.js';

export const noTraffic: Traffic = {
  hostToGpuBytes: 0,
  gpuToHostBytes: 0,
  dispatches: 0,
  submits: 0,
  buffersCreated: 0,
  buffersDestroyed: 0,
  bindGroupsCreated: 0,
  pipelinesCreated: 0,
};

/** Both together, count by count. */
export const sumTraffic = (a: Traffic, b: Traffic): Traffic =>
  Object.fromEntries(Object.entries(a).map(([name, count]) => [name, count + b[name as keyof Traffic]])) as unknown as Traffic;

export const perStep = (traffic: Traffic, steps: number): WarmupTraffic => ({
  hostBytesPerStep: traffic.hostToGpuBytes / steps,
  dispatchesPerStep: traffic.dispatches / steps,
  submitsPerStep: traffic.submits / steps,
  buffersPerStep: traffic.buffersCreated / steps,
  bindGroupsPerStep: traffic.bindGroupsCreated / steps,
});

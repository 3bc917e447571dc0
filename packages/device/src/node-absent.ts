import { DeviceError } from '@kindling/core';
import type { Backend } from './adapter.js';

const refuse = (): never => {
  throw new DeviceError({
    subject: '@kindling/device/node',
    got: 'the browser build',
    expected: 'Node, where adapters come from Dawn',
    next: 'call openDevice() of @kindling/device, which uses navigator.gpu here',
  });
};

/** Stands in for the Node part in browser bundles, so that none of node:*, webgpu or SwiftShader is bundled. */
export const nodeBackend: Backend = { stages: [], find: refuse, advice: refuse, untested: refuse };
export const openNull = refuse;
export const cacheRoots = refuse;
export const requireOwn = refuse;

import { type AdapterKind, adapterInfo } from './adapter.js';
import { Device } from './device.js';
import { inNode } from './environment.js';
import { listAdapters, openDevice } from './open.js';

let kinds: Promise<AdapterKind[]> | undefined;
const devices = new Map<string, Promise<Device>>();
/** Browsers have no `process`; their runner sets nothing, and the tests run on what `navigator.gpu` offers. */
const env = (): Record<string, string | undefined> => globalThis.process?.env ?? {};

/**
 * The kinds of adapter that tests run on: all that this machine has, e.g. `['lavapipe', 'swiftshader']`. `KINDLING_TEST_ADAPTERS`
 * (a comma list) narrows them; naming one that is not there is an error when its device is opened, not a silent pass.
 */
export async function testAdapters(): Promise<string[]> {
  const limited = env()
    .KINDLING_TEST_ADAPTERS?.split(',')
    .map((kind) => kind.trim());
  if (limited?.some((kind) => kind !== '')) return limited.filter((kind) => kind !== '');
  // KINDLING_ADAPTER chooses for runs; it does not narrow the tests.
  kinds ??= listAdapters({ env: { ...env(), KINDLING_ADAPTER: undefined } }).then(({ adapters }) => [
    ...new Set(adapters.map(({ kind }) => kind)),
  ]);
  return kinds;
}

/** The device of a kind, one for the whole process: tests must not destroy it. */
export function testDevice(kind: string): Promise<Device> {
  let device = devices.get(kind);
  if (!device) {
    device = openDevice({ adapter: kind, notice: () => undefined });
    devices.set(kind, device);
    // A test that lost it (a driver that gave up) must not take the ones after it along.
    device.then(
      ({ lost }) => lost.then(() => devices.delete(kind)),
      () => undefined,
    );
  }
  return device;
}

/** A device that checks WGSL and calls and runs nothing, with features that no adapter at hand has; undefined outside of Node. */
export async function nullDevice(): Promise<Device | undefined> {
  if (!inNode()) return undefined;
  const gpu = await (await import('@kindling/device/node')).openNull();
  return new Device(gpu, adapterInfo('', gpu.adapterInfo), { owned: true });
}

// A device with the data on it: what every run needs, and what a lost device takes away.
import { type Device, openDevice } from '@kindling/device';
import { PreparedData } from '@kindling/warmup';
import type { Part } from './data.js';

export interface Session {
  readonly device: Device;
  readonly data: PreparedData;
}

/** Opens the best adapter, or the one asked for, and puts the data on it. @throws DeviceError where there is no WebGPU or no adapter */
export async function openSession(part: Part, adapter: string | undefined): Promise<Session> {
  // The page says itself what it runs on.
  const device = await openDevice({ ...(adapter === undefined ? {} : { adapter }), notice: () => undefined });
  return { device, data: new PreparedData(device, part.data) };
}

/** The adapter as a run's record names it, as the command line does. */
export function adapterName({ info: { kind, name, software } }: Device): string {
  return software && !name.toLowerCase().includes(kind) ? `${kind}: ${name}` : name;
}

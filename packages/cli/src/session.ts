import type { NaturalData } from '@kindling/data';
import { loadDataSet, openDiskDataSet } from '@kindling/data/node';
import { type Device, openDevice } from '@kindling/device';
import { PreparedData } from '@kindling/warmup';
import { type KeepListFile, requireKeepFits } from './prune/keep-list.js';
import type { DataFacts } from './run-folder.js';
import { say } from './terminal.js';

/** Where data and device come from: options that many commands share. */
export interface SessionOptions {
  /** A user's own folder. */
  readonly data?: string | undefined;
  /** Name of a data set (default: MNIST, or whatever `data` holds). */
  readonly dataSet?: string | undefined;
  readonly adapter?: string | undefined;
  readonly dataSource?: 'disk' | 'resident';
  /** Natural training is limited to these examples. */
  readonly keepList?: KeepListFile | undefined;
  /** Called with the device before anything is put on it: a profiler. */
  readonly onDevice?: (device: Device) => Promise<void>;
}

/** Seconds of what is done once, before any trial. */
export interface SetupSeconds {
  readonly read: number;
  readonly open: number;
  readonly upload: number;
}

/** A device with natural data on it: what every command that computes needs. */
export interface Session {
  readonly device: Device;
  /** The adapter as records name it. */
  readonly adapter: string;
  readonly natural: NaturalData;
  readonly data: PreparedData;
  readonly facts: DataFacts;
  readonly setup: SetupSeconds;
  close(): void;
}

const timed = async <T>(work: () => T | Promise<T>): Promise<[T, number]> => {
  const started = performance.now();
  const result = await work();
  return [result, (performance.now() - started) / 1000];
};

/** Opens the best adapter, or the one asked for, and says in one line on stderr which one runs. */
export async function openAnnounced(adapter: string | undefined): Promise<{ device: Device; name: string }> {
  const device = await openDevice({ ...(adapter === undefined ? {} : { adapter }), notice: (line) => say(`kindling: ${line}`) });
  const { kind, name, software } = device.info;
  if (!software) say(`kindling: running on ${name}`);
  return { device, name: software && !name.toLowerCase().includes(kind) ? `${kind}: ${name}` : name };
}

/**
 * Reads and checks the data, then opens the device and uploads. Data first: a damaged file is found before a device is asked for.
 * @throws InputError for bad data or an unknown adapter, DeviceError without a device.
 */
export async function openSession(options: SessionOptions): Promise<Session> {
  const { data: folder, dataSet, adapter, dataSource = 'resident', keepList, onDevice } = options;
  const [{ natural, disk }, read] = await timed(async () => ({
    natural: await loadDataSet({ name: dataSet, folder }),
    disk: dataSource === 'disk' ? await openDiskDataSet({ name: dataSet, folder }) : undefined,
  }));
  if (keepList) requireKeepFits(keepList, natural);
  const [{ device, name }, open] = await timed(() => openAnnounced(adapter));
  await onDevice?.(device);
  const [data, upload] = await timed(() => new PreparedData(device, natural, disk, keepList));
  return {
    device,
    adapter: name,
    natural,
    data,
    facts: { name: natural.name, folder: folder ?? null, train: natural.train.count, test: natural.test.count },
    setup: { read, open, upload },
    close: () => {
      disk?.close();
      device.destroy();
    },
  };
}

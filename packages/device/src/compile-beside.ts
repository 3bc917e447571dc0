import type { Program } from '@kindling/core';
import type { Device } from './device.js';

/** Seconds above which a kernel's compilation cannot have come out of the driver's disk cache. */
const COLD_SECONDS = 0.06;

/** Compilation time grows with the text; only the order of two programs is taken from it. */
const size = ({ sources }: Program): number => sources.reduce((sum, { text }) => sum + text.length, 0);

/**
 * Compiles on a device and on a second one of the same adapter at the same time, for a driver that compiles one kernel after another on
 * one thread a device and keeps the results in a cache on disk: lavapipe. The first device then finds the second one's kernels there.
 * Measured on two idle cores: the poster CNN's eight kernels in about half the time. With a warm cache no second device is opened.
 *
 * The second device only compiles: it dispatches zero workgroups, and is destroyed before this resolves. What goes wrong with it is left to
 * `alone`, which compiles everything in the end and reports what does not compile.
 * @param programs each with a pipeline of its own that does not exist yet.
 * @param alone compiles on the first device.
 */
export async function compileBeside(
  programs: readonly Program[],
  alone: (programs: readonly Program[]) => Promise<unknown>,
  openSecond: () => Promise<Device>,
  finished: (second: Device) => void,
): Promise<void> {
  const queue = [...programs].sort((a, b) => size(b) - size(a));
  // The smallest tells whether the cache is cold.
  const start = performance.now();
  await alone(queue.splice(-1));
  if (performance.now() - start < 1000 * COLD_SECONDS || queue.length < 2) return alone(queue).then(() => undefined);

  const handed: Program[] = [];
  const take = async (): Promise<void> => {
    const second = await openSecond();
    try {
      for (let program = queue.shift(); program; program = queue.shift()) {
        handed.push(program);
        await second.compile([program]);
      }
    } finally {
      finished(second);
      second.destroy();
    }
  };
  const beside = take().catch(() => undefined);
  try {
    for (let program = queue.shift(); program; program = queue.shift()) await alone([program]);
    // The last one is still under way.
    await alone(handed.slice(0, -1));
  } finally {
    queue.length = 0;
    await beside;
  }
  await alone(programs);
}

import type { Device } from '@kindling/device';
import { copyProbe, dispatchProbe, fillProbe, fmaProbe, type Probe, type ProbeOptions } from '@kindling/profile';
import type { Host } from '../host.js';
import type { Bench, Body } from '../suite/bench.js';
import type { Work } from '../suite/entry.js';

type Open = (device: Device, options: ProbeOptions) => Promise<Probe>;

const bench = (set: string, name: string, unit: Work['unit'], open: Open, bytes?: number): Bench => ({
  set,
  name,
  async open(host): Promise<Body> {
    const settle = (gpu: GPUDevice): Promise<void> => host.settle(gpu);
    const probe = await open(host.device, { settle, ...(bytes === undefined ? {} : { bytes }) });
    return { run: (times) => probe.run(times), work: { amount: probe.work, unit }, destroy: () => probe.destroy() };
  },
});

/** One dispatch submitted by itself and waited for: what a reader of a single loss pays. */
const roundTrip: Bench = {
  set: 'ceiling',
  name: 'submit and wait',
  async open(host: Host): Promise<Body> {
    const probe = await dispatchProbe(host.device, { settle: (gpu) => host.settle(gpu) });
    return {
      async run(times) {
        for (let i = 0; i < times; i++) await probe.run(1);
      },
      work: { amount: 1, unit: 'dispatch' },
      destroy: () => probe.destroy(),
    };
  },
};

/** What the adapter can do: bytes written and copied, multiply-adds in registers, and the time of a dispatch that does nothing. */
export const ceilingBenches = (): Bench[] => [
  bench('ceiling', 'fill 64 MiB', 'byte', fillProbe),
  bench('ceiling', 'copy 64 MiB, read + written', 'byte', copyProbe),
  bench('ceiling', 'fill 1 MiB', 'byte', fillProbe, 2 ** 20),
  bench('ceiling', 'multiply-adds in registers', 'FLOP', fmaProbe),
  bench('ceiling', 'dispatch', 'dispatch', dispatchProbe),
  roundTrip,
];

/** What tells a slower machine from slower code: measured in every round of every run, whatever else is. */
export const referenceBenches = (): Bench[] => [
  bench('reference', 'multiply-adds in registers', 'FLOP', fmaProbe),
  bench('reference', 'fill 16 MiB', 'byte', fillProbe, 16 * 2 ** 20),
  bench('reference', 'dispatch', 'dispatch', dispatchProbe),
];

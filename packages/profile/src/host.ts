import { Meter } from '@kindling/device';
import { notACallSite } from './callsite.js';
import type { Mark } from './mark.js';
import { replace } from './replace.js';

notACallSite();

/** What the host does for the GPU. `upload`: writeBuffer and writeTexture; `wait`: until mapping or the queue is done; `readback`: copying out of a mapped range. */
export type HostWork = 'encode' | 'submit' | 'upload' | 'wait' | 'readback';
export const HOST_WORK: readonly HostWork[] = ['encode', 'submit', 'upload', 'wait', 'readback'];

/** Milliseconds on the host's clock (`performance.now`). */
export interface HostSpan {
  readonly work: HostWork;
  readonly start: number;
  readonly end: number;
  readonly mark: Mark;
}

/** Times the host side of a GPUDevice: everything but encoding, which the recorder sees itself. */
export class HostClock {
  readonly spans: HostSpan[] = [];
  private readonly undo: (() => void)[] = [];
  private readonly mark: () => Mark;
  private readonly waits = { pending: 0, start: 0 };
  private open = true;

  constructor(gpu: GPUDevice, mark: () => Mark) {
    this.mark = mark;
    const { queue } = gpu;
    for (const name of ['writeBuffer', 'writeTexture'] as const) {
      this.undo.push(
        replace(queue, name, (original) => {
          const call = original as (...args: unknown[]) => undefined;
          return ((...args: unknown[]) => this.during('upload', () => call(...args))) as never;
        }),
      );
    }
    this.undo.push(
      replace(queue, 'onSubmittedWorkDone', (done) => async () => {
        const end = this.wait();
        try {
          return await done();
        } finally {
          end();
        }
      }),
      Meter.of(gpu).listen(({ direction, call, target }) => {
        if (call !== 'mapAsync') return () => undefined;
        const mark = this.mark();
        const end = this.wait();
        return () => {
          end();
          if (direction === 'toHost') this.untilUnmapped(target as GPUBuffer, mark);
        };
      }),
    );
  }

  add(work: HostWork, start: number, mark = this.mark()): void {
    if (this.open) this.spans.push({ work, start, end: performance.now(), mark });
  }

  during<T>(work: HostWork, body: () => T): T {
    const start = performance.now();
    const result = body();
    this.add(work, start);
    return result;
  }

  close(): void {
    this.open = false;
    for (const undo of this.undo.splice(0).reverse()) undo();
  }

  /** Begins a wait; returns what ends it. Waits that overlap count once. */
  private wait(): () => void {
    const mark = this.mark();
    if (this.waits.pending++ === 0) this.waits.start = performance.now();
    return () => {
      if (--this.waits.pending === 0) this.add('wait', this.waits.start, mark);
    };
  }

  /** What a buffer's contents take on the host: from mapped to unmapped. */
  private untilUnmapped(buffer: GPUBuffer, mark: Mark): void {
    const mapped = performance.now();
    const undo = replace(buffer, 'unmap', (unmap) => () => {
      undo();
      const result = unmap();
      this.add('readback', mapped, mark);
      return result;
    });
  }
}

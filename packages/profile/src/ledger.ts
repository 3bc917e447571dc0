import { Meter, type Transfer as MeteredTransfer } from '@kindling/device';
import { type CallSite, captureSite, notACallSite } from './callsite.js';
import type { Mark } from './mark.js';

notACallSite();

/** The WebGPU calls that move bytes between host and GPU. */
export type Transfer = MeteredTransfer['call'] | 'setImmediates';

/** One transfer. */
export interface LedgerEntry {
  readonly direction: 'toGpu' | 'toHost';
  readonly call: Transfer;
  readonly bytes: number;
  /** Label of the buffer or texture. */
  readonly label: string;
  readonly site: CallSite;
  /** Where the work was when it asked for the transfer. */
  readonly mark: Mark;
  /** Milliseconds on the host's clock. */
  readonly at: number;
}

/**
 * Every byte between host and GPU, with the code that moved it: what the device's traffic meter counts, who asked for it, and when. So whoever uses the
 * GPUDevice is seen, Kindling or not.
 */
export class Ledger {
  readonly entries: LedgerEntry[] = [];
  private readonly mark: () => Mark;
  private readonly stop: () => void;
  private open = true;

  constructor(gpu: GPUDevice, mark: () => Mark) {
    this.mark = mark;
    this.stop = Meter.of(gpu).listen(({ direction, call, target }) => this.asked({ direction, call, label: target.label }));
  }

  /** Immediate data that a pass was given: no buffer's, and so not metered. */
  note(bytes: number): void {
    this.asked({ direction: 'toGpu', call: 'setImmediates', label: '' })(bytes);
  }

  close(): void {
    this.open = false;
    this.stop();
  }

  private asked(transfer: Pick<LedgerEntry, 'direction' | 'call' | 'label'>): (bytes: number) => void {
    const [site, mark] = [captureSite(), this.mark()];
    return (bytes) => {
      if (this.open && bytes > 0) this.entries.push({ ...transfer, bytes, site, mark, at: performance.now() });
    };
  }
}

/**
 * What belongs together, as the work being profiled tells it. `setup`: made once (compiling, uploading); `data` and `train`: the halves of a
 * step; `readback`: results on their way to the host, after a block of steps; `evaluate`: scoring; `between`: nothing of the above.
 */
export type Part = 'setup' | 'data' | 'train' | 'readback' | 'evaluate' | 'between';

/** Everything from now on, until the next mark, belongs to this place. */
export interface Mark {
  /** `setup`, `warmup`, `natural`, `evaluation`, or whatever the caller's work consists of. */
  readonly phase: string;
  readonly part: Part;
  /** Step of the phase, from 0; only of `data` and `train`. */
  readonly step?: number;
}

export const isStep = ({ part }: Mark): boolean => part === 'data' || part === 'train';

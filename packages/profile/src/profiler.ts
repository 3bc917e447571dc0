import type { Device } from '@kindling/device';
import { type AnalyseOptions, analyse, type PhaseDifferences } from './analyse.js';
import { type CeilingOptions, measureCeilings, mergeCeilings } from './ceiling.js';
import { type DifferenceOptions, measureDifferences } from './differences.js';
import { isStep, type Mark } from './mark.js';
import { type Grain, Recorder, type Recording } from './recorder.js';
import type { ProfileReport } from './report.js';

export interface ProfilerOptions {
  /** False does as if the device had no timestamps. */
  readonly timestamps?: boolean;
  readonly grain?: (mark: Mark) => Grain;
  readonly ceilings?: CeilingOptions;
  readonly differences?: DifferenceOptions;
}

/** What `finish` needs to know besides. */
export type FinishOptions = Omit<AnalyseOptions, 'adapter' | 'software' | 'ceilings' | 'differences'> & { readonly adapter?: string };

/**
 * Profiles whatever is done with a Device between `open` and `finish`:
 *
 * ```ts
 * const profiler = await Profiler.open(device);
 * await runTrial({ device, data, onEvent, observer: profiler }, recipe);
 * const { report } = await profiler.finish();
 * ```
 *
 * Other work tells where it is with `mark`, and awaits `pause` while its buffers are still there.
 */
export class Profiler {
  private readonly recorder: Recorder;
  private readonly ceilings: Awaited<ReturnType<typeof measureCeilings>>;
  private readonly options: ProfilerOptions;
  private readonly differences: PhaseDifferences[] = [];

  /**
   * Measures the adapter's ceilings, as `finish` does again, then begins to record. Open it before buffers are made, so that their mapping is
   * seen.
   */
  static async open(device: Device, options: ProfilerOptions = {}): Promise<Profiler> {
    return new Profiler(device, await measureCeilings(device, options.ceilings), options);
  }

  private constructor(device: Device, ceilings: Profiler['ceilings'], options: ProfilerOptions) {
    this.ceilings = ceilings;
    this.options = options;
    this.recorder = new Recorder(device, options);
  }

  /** All that happens from now on belongs there. */
  readonly mark = (mark: Mark): void => this.recorder.mark(mark);

  /** Without timestamps: times the kernels of the phase by differences, once, while their buffers live. The device must be idle. */
  readonly pause = async (): Promise<void> => {
    const { recorder } = this;
    const { phase } = recorder.place;
    if (recorder.hasTimestamps || this.differences.some((known) => known.phase === phase)) return;
    const own = (mark: Mark): boolean => mark.phase === phase;
    const first = recorder.marks(own).find(isStep)?.step;
    const ofUnit = (mark: Mark): boolean => own(mark) && (first === undefined ? mark.part === 'evaluate' : mark.step === first);
    const list = recorder.seen(ofUnit);
    if (list.length === 0) return;
    const parts = new Map(list.map((encoded, i) => [encoded, recorder.marks(ofUnit)[i]!.part]));
    const measured = await recorder.aside(() => measureDifferences(recorder.device, list, this.options.differences));
    this.differences.push({ phase, partOf: (encoded) => parts.get(encoded) ?? '', ...measured });
  };

  /** Ends the recording; the device is as it was before. The device must be idle. */
  async finish(options: FinishOptions = {}): Promise<{ readonly report: ProfileReport; readonly recording: Recording }> {
    const { info } = this.recorder.device;
    const recording = await this.recorder.finish();
    const { differences } = this;
    const ceilings = mergeCeilings(this.ceilings, await measureCeilings(this.recorder.device, this.options.ceilings));
    const report = analyse(recording, { adapter: info.name, software: info.software, ...options, ceilings, differences });
    return { report, recording };
  }
}

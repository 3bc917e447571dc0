import type { Host } from '../host.js';
import { referenceBenches } from '../sets/ceiling.js';
import { Running } from './bench.js';
import { joinPasses } from './document.js';
import type { Entry } from './entry.js';

/** The adapter's ceilings beside a run that has rounds of its own. */
export class Reference {
  private readonly running: readonly Running[];
  private readonly host: Host;

  static async open(host: Host, sampleSeconds = 0.05): Promise<Reference> {
    const running = referenceBenches().map((bench) => new Running(bench));
    for (const one of running) await one.open(host, sampleSeconds);
    return new Reference(host, running);
  }

  private constructor(host: Host, running: readonly Running[]) {
    this.host = host;
    this.running = running;
  }

  async sample(round: number): Promise<void> {
    for (const one of this.running) await one.sample(round);
  }

  /** Frees the probes and tells what they measured. */
  async finish(): Promise<Entry[]> {
    for (const one of this.running) await one.finish();
    return joinPasses([{ adapter: this.host.info, results: this.running.map(({ result }) => result), rssBytes: 0 }]);
  }
}

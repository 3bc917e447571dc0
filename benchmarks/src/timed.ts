/** Work that can be queued any number of times and waited for once, under the clock. */
export class Timed {
  readonly ms: number[] = [];
  /** By sample: CPU time of this process over the time on the wall. */
  readonly cpu: number[] = [];
  readonly body: { run(times: number): Promise<void> };
  times = 1;
  /** Repetitions before the first sample. */
  warmUp = 0;

  constructor(body: { run(times: number): Promise<void> }) {
    this.body = body;
  }

  /** Finds how often the body must run for a sample to be long enough; this is the warm-up too. */
  async calibrate(seconds: number): Promise<void> {
    await this.body.run(1);
    this.warmUp++;
    for (let attempt = 0; attempt < 2; attempt++) {
      const start = performance.now();
      await this.body.run(this.times);
      this.warmUp += this.times;
      const each = (performance.now() - start) / this.times;
      this.times = Math.max(1, Math.min(1000, Math.ceil((1000 * seconds) / each)));
    }
  }

  async sample(): Promise<void> {
    const start = performance.now();
    const before = process.cpuUsage();
    await this.body.run(this.times);
    const { user, system } = process.cpuUsage(before);
    const elapsed = performance.now() - start;
    this.ms.push(elapsed / this.times);
    this.cpu.push((user + system) / 1000 / elapsed);
  }
}

/** Where training waits between two blocks of steps while the page wants it to stand still. */
export class Gate {
  private closed = false;
  private wake: () => void = () => undefined;
  private stood = 0;

  /** Milliseconds that training has stood still here. */
  get waited(): number {
    return this.stood;
  }

  get isClosed(): boolean {
    return this.closed;
  }

  close(): void {
    this.closed = true;
  }

  open(): void {
    this.closed = false;
    this.wake();
  }

  /** Lets whoever stands here look whether something else is to be done meanwhile. */
  nudge(): void {
    this.wake();
  }

  /** Resolves at once while the gate is open, else when it opens. @param meanwhile what to do at first and after every nudge; true ends the wait */
  async pass(meanwhile: () => boolean | Promise<boolean>): Promise<void> {
    const started = performance.now();
    while (this.closed) {
      const nudged = new Promise<void>((resolve) => {
        this.wake = resolve;
      });
      if (await meanwhile()) break;
      if (this.closed) await nudged;
    }
    this.stood += performance.now() - started;
  }
}

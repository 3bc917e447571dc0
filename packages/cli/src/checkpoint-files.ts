import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '@kindling/core';
import { type Checkpoint, decodeCheckpoint } from '@kindling/warmup';
import { writeWhole } from './datagen/write.js';
import { onDisk } from './terminal.js';

const NAME = /^checkpoint-(\d{8,})\.safetensors$/;
const DRAFT = /^checkpoint-\d{8,}\.safetensors\.\d+\.tmp$/;
const nameOf = (step: number): string => `checkpoint-${String(step).padStart(8, '0')}.safetensors`;

/** Checkpoints that are kept: should the last one be damaged, there is one before it. */
const KEPT = 2;

/** The checkpoints in a run folder: `checkpoint-<step>.safetensors`. */
export class CheckpointFiles {
  private readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Steps that have a checkpoint, newest first. */
  get steps(): number[] {
    if (!existsSync(this.folder)) return [];
    return readdirSync(this.folder)
      .flatMap((name) => NAME.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => b - a);
  }

  pathOf(step: number): string {
    return join(this.folder, nameOf(step));
  }

  /**
   * Writes a checkpoint so that a crash, at whatever moment, leaves the old ones and this one whole or not at all; then removes all but two.
   * @throws InputError when it cannot be written
   */
  save(step: number, bytes: Uint8Array): void {
    writeWhole(this.pathOf(step), bytes);
    for (const old of this.steps.slice(KEPT)) rmSync(this.pathOf(old), { force: true });
  }

  /**
   * The newest checkpoint that is whole; undefined where there is none at all. Damaged ones are said and set aside under another name, so that
   * they count no more; what a killed process left half written is removed.
   * @param note is told about each damaged one
   * @throws InputError when there are checkpoints and all of them are damaged
   */
  async newest(note: (line: string) => void): Promise<(Checkpoint & { readonly path: string }) | undefined> {
    if (!existsSync(this.folder)) return undefined;
    for (const name of readdirSync(this.folder)) if (DRAFT.test(name)) rmSync(join(this.folder, name), { force: true });
    let damaged: InputError | undefined;
    for (const step of this.steps) {
      const path = this.pathOf(step);
      try {
        const bytes = onDisk(path, 'a readable file', 'check the disk', () => readFileSync(path));
        const found = { ...(await decodeCheckpoint(bytes, path)), path };
        if (damaged) note(`kindling: going on from the older one, ${path}`);
        return found;
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        damaged ??= error;
        note(`kindling: the checkpoint ${path} is damaged (${error.parts.got}; expected ${error.parts.expected})`);
        onDisk(path, 'a file to rename', 'check the folder’s permissions', () => renameSync(path, `${path}.damaged`));
      }
    }
    if (!damaged) return undefined;
    throw new InputError({
      subject: this.folder,
      got: `damaged checkpoints alone (${damaged.parts.subject}: ${damaged.parts.got})`,
      expected: 'one that is as it was written',
      next: `start the run anew: kindling warmup --recipe ${join(this.folder, 'recipe.json')}`,
    });
  }
}

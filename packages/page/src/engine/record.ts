// The record of a run as the command line keeps it: recipe, metrics.jsonl and model, packed as one tar archive.
import { writeTar } from '@kindling/core';
import type { Device } from '@kindling/device';
import { type ImageFacts, RUN_FILES, runGeneratorHash } from '@kindling/warmup';
import type { RunRecord } from '../protocol.js';
import { isAdaptive, type PageRecipe } from '../recipe.js';
import type { PartManifest } from './data.js';
import { adapterName } from './session.js';
import { BUILD } from './version.js';

/** A run's record while it is made. */
export class RunLog {
  readonly recipe: PageRecipe;
  private readonly lines: object[];
  private model: Uint8Array<ArrayBuffer> | undefined;

  /** Begins a record with its header. @param every steps between two copies of the state */
  static async begin(recipe: PageRecipe, device: Device, facts: ImageFacts, part: PartManifest): Promise<RunLog> {
    const hash = isAdaptive(recipe) ? undefined : await runGeneratorHash(recipe, facts);
    return new RunLog(recipe, {
      type: 'header',
      recipe,
      ...(hash === undefined ? {} : { recipeHash: hash }),
      versions: { kindling: BUILD.version, browser: globalThis.navigator.userAgent },
      adapter: adapterName(device),
      data: {
        name: part.name,
        folder: null,
        train: part.train,
        test: part.test,
        split: part.split,
        origin: part.origin,
        licence: part.licence,
      },
      commit: BUILD.commit,
      ...(BUILD.commit === null ? {} : { modified: BUILD.modified }),
      date: new Date().toISOString(),
    });
  }

  private constructor(recipe: PageRecipe, header: object) {
    this.recipe = recipe;
    this.lines = [header];
  }

  append(line: object): void {
    this.lines.push(line);
  }

  /** Removes what it holds beyond a step: the run goes on from there. */
  cutBack(step: number): void {
    const stays = (line: object, index: number): boolean =>
      index === 0 || ('step' in line && typeof line.step === 'number' && line.step <= step);
    const kept = this.lines.filter(stays);
    this.lines.splice(0, this.lines.length, ...kept);
  }

  /** The trained model, as a safetensors file. */
  keepModel(bytes: Uint8Array<ArrayBuffer>): void {
    this.model = bytes;
  }

  /** One file to save; `kindling figure` draws it. */
  pack(): RunRecord {
    const { experiment, arm, seed } = this.recipe;
    const size = isAdaptive(this.recipe) ? `epochs${this.recipe.epochs}` : `p${this.recipe.p}`;
    const folder = `kindling-${experiment.replace(':', '-')}-${arm}-${size}-seed${seed}`;
    const text = (value: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(value);
    const files: Record<string, Uint8Array<ArrayBuffer>> = {
      [RUN_FILES.recipe]: text(`${JSON.stringify(this.recipe, null, 2)}\n`),
      [RUN_FILES.record]: text(this.lines.map((line) => `${JSON.stringify(line)}\n`).join('')),
      ...(this.model ? { [RUN_FILES.model]: this.model } : {}),
    };
    const inFolder = Object.fromEntries(Object.entries(files).map(([name, bytes]) => [`${folder}/${name}`, bytes]));
    return { type: 'record', name: `${folder}.tar`, mime: 'application/x-tar', bytes: writeTar(inFolder), files: Object.keys(files) };
  }
}

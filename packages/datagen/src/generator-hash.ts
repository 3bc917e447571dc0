import { planGeneration } from './generate.js';
import { canonicalJson, type RecipeInput } from './recipe.js';

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** SHA-256 as 64 hex digits. */
async function sha256(data: Uint8Array<ArrayBuffer>): Promise<string> {
  return hex(new Uint8Array(await crypto.subtle.digest('SHA-256', data)));
}

/**
 * What renders a recipe, as a SHA-256 (64 hex digits): the text of its kernels, their constants and parameters, and its tables, as planned for
 * one sample without regard to an adapter. Two versions of this package that agree in it dispatch the same work for the recipe; a changed
 * kernel, table or draw changes it, where the hash of the recipe stays the same.
 * @throws InputError for an invalid recipe
 */
export async function generatorHash(recipe: RecipeInput): Promise<string> {
  const { passes, buffers } = planGeneration({ recipe, batch: 1 });
  const work = {
    passes: passes.map(({ program: { name, sources, entryPoint, constants, params, workgroups }, resources }) => ({
      ...{ name, entryPoint, constants, workgroups, resources },
      sources: sources.map(({ text }) => text),
      params: params ? hex(params) : null,
    })),
    buffers: await Promise.all(buffers.map(async ({ name, bytes, data }) => ({ name, bytes, data: data ? await sha256(data) : null }))),
  };
  return sha256(new TextEncoder().encode(canonicalJson(work)));
}

import { oneCycle, ParameterSet, type ParameterStates, restoreParameters } from '@kindling/autograd';
import type { Device } from '@kindling/device';
import type { Reach } from './inputs.js';
import { type AugmentOptions, AugmentPhase } from './phase.js';

/** Steps that the teacher trains, beyond those of the trial; after these it knows the ten images under any pose of the reach. */
export const TEACHER_STEPS = 200;

/** Weight of the teacher's loss beside the classifier's: as much as there is to gain. */
const TEACHER_WEIGHT = 1;

/**
 * A classifier that was trained on the base images under random poses and is frozen then: what arm `guarded` asks whether an image is still
 * recognisable. It sees no other natural image than the sampler does. Its seeds differ from the students' by 2^31.
 * @param trained the state of a teacher that was trained before, to take instead of training
 * @returns the teacher, and how many of the seconds went on compiling
 */
export async function trainTeacher(
  device: Device,
  options: Pick<AugmentOptions, 'model' | 'base' | 'classes' | 'batch' | 'seedValues'> & { readonly reach: Reach },
  trained?: ParameterStates,
): Promise<NonNullable<AugmentOptions['teacher']> & { readonly compiling: number }> {
  const seedValues = options.seedValues.map((seed) => (seed ^ 0x80000000) >>> 0);
  const parameters = new ParameterSet(device, options.model.parameters(options.classes), seedValues.length);
  if (trained) {
    restoreParameters(parameters, trained, 'checkpoint, set teacher');
    return { parameters, weight: TEACHER_WEIGHT, compiling: 0 };
  }
  parameters.initialise(seedValues);
  const seeds = device.upload('teacher seeds', Uint32Array.from(seedValues));
  const started = performance.now();
  const phase = await AugmentPhase.create(device, {
    ...options,
    parameters,
    seeds,
    seedValues,
    plan: { steps: TEACHER_STEPS, schedule: oneCycle({ maxLr: 3e-3, totalSteps: TEACHER_STEPS }), scheduleSteps: TEACHER_STEPS, clip: 1 },
    sampler: 'random',
    reach: { ...options.reach, rampSteps: 1 },
  });
  const compiling = (performance.now() - started) / 1000;
  for (let step = 0; step < TEACHER_STEPS; step += 20) {
    device.submit((encoder) => {
      const pass = encoder.beginComputePass();
      for (let i = step; i < step + 20; i++) {
        phase.encodeData(pass);
        phase.encodeTrain(pass, i);
      }
      pass.end();
    });
    await device.wait();
  }
  phase.destroy();
  seeds.destroy();
  return { parameters, weight: TEACHER_WEIGHT, compiling };
}

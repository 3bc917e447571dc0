// Runs the TensorFlow.js example in Node and watches what crosses between host and GPU.

/**
 * @param device of @kindling/device, whose meter counts whatever anybody does with its GPUDevice
 * @returns the losses; what crossed after the first step, which uploads the weights; every transfer that touched the batch's buffers
 */
export async function trainInTensorFlow(device, steps) {
  // TensorFlow.js looks for WebGPU where browsers have it, and Node 20 has no `navigator` at all. It is only looked at: the device is lent.
  const value = { gpu: {}, userAgent: `Node/${process.versions.node}`, hardwareConcurrency: 2, platform: process.platform };
  Object.defineProperty(globalThis, 'navigator', { value, configurable: true, writable: true });
  const { warn } = console;
  console.warn = () => undefined; // its greeting advises tfjs-node, which is another engine
  const { lend, start } = await import('../tfjs/main.js');
  console.warn = warn;

  await lend(device.gpu);
  const training = start(device.gpu);
  training.step();
  const touched = [];
  const stop = device.meter.listen(({ direction, call, target }) => {
    if (target === training.buffers.x || target === training.buffers.y) touched.push(`${direction} by ${call}`);
    return () => undefined;
  });
  const before = device.meter.snapshot();
  for (let step = 1; step < steps; step++) training.step();
  await device.wait();
  const crossed = device.meter.since(before);
  stop();
  const losses = await device.patiently(training.losses());
  training.destroy();
  return { losses, crossed, touched };
}

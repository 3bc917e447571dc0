// Babylon.js draws a generated batch while a net trains on it, on Babylon's own device: our kernels take any.
import { StorageBuffer } from '@babylonjs/core/Buffers/storageBuffer.js';
import { FreeCamera } from '@babylonjs/core/Cameras/freeCamera.js';
import { ShaderStore } from '@babylonjs/core/Engines/shaderStore.js';
import { WebGPUEngine } from '@babylonjs/core/Engines/webgpuEngine.js';
import { ShaderLanguage } from '@babylonjs/core/Materials/shaderLanguage.js';
import { ShaderMaterial } from '@babylonjs/core/Materials/shaderMaterial.js';
import { Vector3 } from '@babylonjs/core/Maths/math.vector.js';
import { CreatePlane } from '@babylonjs/core/Meshes/Builders/planeBuilder.js';
import { Scene } from '@babylonjs/core/scene.js';
import { prepareTraining, problem } from '../net.js';

ShaderStore.ShadersStoreWGSL.batchVertexShader = `
attribute position : vec3<f32>;
varying place : vec2<f32>;
@vertex fn main(input : VertexInputs) -> FragmentInputs {
  vertexOutputs.position = vec4<f32>(2.0 * vertexInputs.position.xy, 0.5, 1.0);
  vertexOutputs.place = vec2<f32>(0.5 + vertexInputs.position.x, 0.5 - vertexInputs.position.y);
}`;
// 8 × 8 cells of 30 × 30 units, an image of 28 × 28 in the middle of each; red is the loss that the net has on that image.
ShaderStore.ShadersStoreWGSL.batchFragmentShader = `
var<storage, read> images : array<f32>;
var<storage, read> losses : array<f32>;
varying place : vec2<f32>;
@fragment fn main(input : FragmentInputs) -> FragmentOutputs {
  let unit = vec2<u32>(fragmentInputs.place * 240.0);
  let cell = unit / 30u;
  let pixel = unit % 30u - 1u;
  let image = cell.y * 8u + cell.x;
  let ink = select(0.0, images[min(image * 784u + pixel.y * 28u + pixel.x, arrayLength(&images) - 1u)], all(pixel < vec2<u32>(28u)));
  let known = 1.0 - clamp(losses[image] / 3.0, 0.0, 1.0);
  fragmentOutputs.color = vec4<f32>(ink, ink * known, ink * known, 1.0);
}`;

/** @returns `device`, which Babylon opened, and `frame`, which queues one training step and draws its batch; nothing is read back */
export async function start(canvas, steps) {
  const engine = new WebGPUEngine(canvas, { antialias: false, adaptToDeviceRatio: false });
  await engine.initAsync();
  const device = engine._device;
  const scene = new Scene(engine);
  scene.activeCamera = new FreeCamera('camera', Vector3.Zero(), scene);

  // Babylon's storage buffers are GPUBuffers that our kernels write and its material reads.
  const images = new StorageBuffer(engine, 4 * problem.batch * problem.pixels);
  const losses = new StorageBuffer(engine, 4 * problem.batch);
  const labels = device.createBuffer({ size: 4 * problem.batch, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC });
  const buffers = { x: images.getBuffer().underlyingResource, labels, rows: losses.getBuffer().underlyingResource };
  const training = prepareTraining(device, buffers, steps);

  const material = new ShaderMaterial('batch', scene, 'batch', {
    attributes: ['position'],
    storageBuffers: ['images', 'losses'],
    shaderLanguage: ShaderLanguage.WGSL,
  });
  material.setStorageBuffer('images', images);
  material.setStorageBuffer('losses', losses);
  material.backFaceCulling = false;
  const plane = CreatePlane('plane', { size: 1 }, scene);
  plane.material = material;
  plane.alwaysSelectAsActiveMesh = true;
  await material.forceCompilationAsync(plane);

  return {
    device,
    buffers,
    history: training.history,
    frame() {
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      training.work.encode(pass);
      pass.end();
      device.queue.submit([encoder.finish()]);
      engine.beginFrame();
      scene.render();
      engine.endFrame(); // Babylon submits here, after our step on the same queue
    },
    destroy() {
      training.destroy();
      labels.destroy();
      engine.dispose();
    },
  };
}

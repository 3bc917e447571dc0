// three.js draws a generated batch while a net trains on it: one device, and the buffer that the generator writes is the one that both read.
import { instanceIndex, positionLocal, storage, uint, uv, vec3 } from 'three/tsl';
import * as THREE from 'three/webgpu';
import { prepareTraining, problem } from '../net.js';

/** Units of the scene: an image is 28 wide, with 2 around it; 8 × 8 of them. At 480 pixels a unit is two of the canvas'. */
const [SIDE, CELL, ROW] = [28, 30, 8];

/**
 * @param device a GPUDevice that the application opened
 * @returns `frame` queues one training step and draws its batch; nothing is read back
 */
export async function start(device, canvas, steps) {
  const renderer = new THREE.WebGPURenderer({ device, canvas });
  renderer.outputColorSpace = THREE.LinearSRGBColorSpace; // a pixel of the canvas is then the pixel of the buffer
  renderer.setSize(CELL * ROW * 2, CELL * ROW * 2, false);
  await renderer.init();

  // Storage attributes of three.js: it makes their GPUBuffers (and uploads the zeros once), our kernels write them.
  const count = problem.batch * problem.pixels;
  const images = new THREE.StorageInstancedBufferAttribute(new Float32Array(count), 1);
  const losses = new THREE.StorageInstancedBufferAttribute(new Float32Array(problem.batch), 1);
  for (const attribute of [images, losses]) renderer.backend.createStorageAttribute(attribute);
  const bufferOf = (attribute) => renderer.backend.get(attribute).buffer;

  // Nobody draws the labels, so their buffer is the application's own.
  const labels = device.createBuffer({ size: 4 * problem.batch, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC });
  const buffers = { x: bufferOf(images), labels, rows: bufferOf(losses) };
  const training = prepareTraining(device, buffers, steps);

  // One card an image. Its brightness is read from the batch, its red from the loss that the net has on this very image.
  const whole = (coordinate) =>
    coordinate
      .mul(SIDE)
      .floor()
      .clamp(0, SIDE - 1);
  const [column, row] = [whole(uv().x), whole(uv().y.oneMinus())];
  const pixel = instanceIndex.mul(uint(problem.pixels)).add(uint(row.mul(SIDE).add(column)));
  const ink = storage(images, 'float', count).toReadOnly().element(pixel);
  const known = storage(losses, 'float', problem.batch).toReadOnly().element(instanceIndex).div(3).clamp(0, 1).oneMinus();
  const material = new THREE.MeshBasicNodeMaterial();
  material.colorNode = vec3(ink, ink.mul(known), ink.mul(known));
  const place = vec3(instanceIndex.mod(uint(ROW)).toFloat(), instanceIndex.div(uint(ROW)).toFloat().negate(), 0);
  material.positionNode = positionLocal.add(place.mul(CELL));
  const cards = new THREE.Mesh(new THREE.PlaneGeometry(SIDE, SIDE), material);
  cards.count = problem.batch;
  cards.frustumCulled = false;

  const scene = new THREE.Scene();
  scene.add(cards);
  const camera = new THREE.OrthographicCamera(-CELL / 2, CELL * (ROW - 0.5), CELL / 2, CELL * (0.5 - ROW), -1, 1);

  return {
    buffers,
    history: training.history,
    frame() {
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      training.work.encode(pass);
      pass.end();
      device.queue.submit([encoder.finish()]);
      renderer.render(scene, camera); // after the submit, on the same queue: no wait, no copy
    },
    destroy() {
      training.destroy();
      renderer.dispose();
      labels.destroy();
    },
  };
}

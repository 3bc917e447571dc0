// The net of this folder, as `kindling warmup --model` takes it. From the root, some two minutes on two cores:
//   npx kindling warmup --model examples/onnxruntime-web/model.mjs --experiment family:strokes --p 0.5 --steps 1500 --out runs/tiny
//   npx kindling export runs/tiny --onnx examples/onnxruntime-web/model.onnx
//   cp runs/tiny/model.safetensors examples/onnxruntime-web/
import { conv2d, flatten, layer, linear, maxPool2d, relu } from '@kindling/autograd';

export default ({ channels, height, width }) => ({
  name: 'tiny',
  head: 'fc',
  parameters: (outputs) => ({
    conv1: layer([4, channels, 3, 3], [4]),
    conv2: layer([8, 4, 3, 3], [8]),
    fc: layer([outputs, 8 * Math.floor(height / 4) * Math.floor(width / 4)], [outputs]),
  }),
  forward(p, { x }) {
    const block = (input, name) => maxPool2d(relu(conv2d(input, p[`${name}.weight`], p[`${name}.bias`], { padding: 1 })), 2);
    return linear(flatten(block(block(x, 'conv1'), 'conv2')), p['fc.weight'], p['fc.bias']);
  },
});

import type { OpName } from '@kindling/kernels';
import type { Random } from '../random.js';
import type { KernelSpec, Problem, Requirement } from '../spec.js';
import { bool, int, op, rank, same, tensor, text } from './common.js';

const attributes = {
  kernel: int('side of the window, 1 or more'),
  stride: int('1 or more'),
  padding: int('on every side, at most half the kernel', 0),
};
const along = (size: string): string => `floor((${size} + 2 * attrs.padding - attrs.kernel) / attrs.stride) + 1`;
const windowRules: readonly Requirement[] = [
  ['attrs.kernel >= 1 and attrs.stride >= 1', 'kernel and stride of 1 or more'],
  ['attrs.padding >= 0 and 2 * attrs.padding <= attrs.kernel', 'padding from 0 to half the kernel'],
  ['attrs.kernel <= min(h, w) + 2 * attrs.padding', 'a kernel no larger than the padded image'],
];
const given = { kernel: 'attrs.kernel', stride: 'attrs.stride', padding: 'attrs.padding' };
const definitions = (from: string, h: string, w: string) => ({
  n: `${from}.shape[0]`,
  c: `${from}.shape[1]`,
  h,
  w,
  p: along('h'),
  q: along('w'),
  planes: 'n * c',
});

function drawPool(r: Random) {
  const kernel = r.int(1, 4);
  const settings = { kernel, stride: r.int(1, 3), padding: r.int(0, Math.floor(kernel / 2)) };
  const least = Math.max(1, kernel - 2 * settings.padding);
  const x = [r.int(1, 3), r.int(1, 3), r.int(least, least + 6), r.int(least, least + 6)];
  const size = (side: number): number => Math.floor((side + 2 * settings.padding - kernel) / settings.stride) + 1;
  return { x, y: [x[0]!, x[1]!, size(x[2]!), size(x[3]!)], settings };
}

const tapOf = (shape?: string) =>
  tensor("the winner's place in its window, row by row", {
    element: "'u32'",
    ...(shape ? { shape } : {}),
    contents: { kind: 'integers', below: 'attrs.kernel * attrs.kernel' },
  });

const pool = (name: 'maxpool2d' | 'avgpool2d', summary: string): readonly KernelSpec[] => {
  const winners = name === 'maxpool2d';
  return [
    op(name, {
      kind: 'op',
      summary,
      attributes,
      inputs: { x: tensor('[N, C, H, W]', winners ? { contents: { kind: 'distinct' } } : {}) },
      outputs: { y: tensor('[N, C, P, Q]', { shape: '[n, c, p, q]' }), ...(winners ? { tap: tapOf('[n, c, p, q]') } : {}) },
      definitions: definitions('x', 'x.shape[2]', 'x.shape[3]'),
      requires: [rank('x', 4, '[N, C, H, W]'), ...windowRules],
      variants: { naive: { passes: [{ shader: `${name}/forward`, params: given, count: 'ceil(planes * p * q / 64)' }] } },
      choose: [['1', 'naive']],
      draw: (r) => {
        const { x, settings } = drawPool(r);
        return { shapes: { x }, settings };
      },
      bench: [{ shapes: { x: [64, 16, 28, 28] }, settings: { kernel: 2, stride: 2 } }],
      truth: { kind: 'forward', op: name },
    }),
    op(`${name}_grad`, {
      kind: 'gradient',
      summary: winners ? "Each window's dy goes to the element that won it." : "Each window's dy is shared out evenly over the window.",
      attributes: { ...attributes, h: int('H of x'), width: int('W of x') },
      inputs: { dy: tensor('[N, C, P, Q]'), ...(winners ? { tap: tapOf() } : {}) },
      outputs: { dx: tensor('[N, C, h, width]', { shape: '[n, c, h, w]' }) },
      definitions: definitions('dy', 'attrs.h', 'attrs.width'),
      requires: [
        rank('dy', 4, '[N, C, P, Q]'),
        ['attrs.h >= 1 and attrs.width >= 1', 'h and width are 1 or more'],
        ...windowRules,
        same('dy', '[n, c, p, q]', 'the shape of y'),
        ...(winners ? [same('tap', 'dy.shape', 'the shape of dy')] : []),
      ],
      variants: { naive: { passes: [{ shader: `${name}/grad`, params: given, count: 'ceil(planes * h * w / 64)' }] } },
      choose: [['1', 'naive']],
      draw: (r) => {
        const { x, y, settings } = drawPool(r);
        return { shapes: { dy: y, ...(winners ? { tap: y } : {}) }, settings: { ...settings, h: x[2]!, width: x[3]! } };
      },
      bench: [
        {
          shapes: { dy: [64, 16, 14, 14], ...(winners ? { tap: [64, 16, 14, 14] } : {}) },
          settings: { kernel: 2, stride: 2, h: 28, width: 28 },
        },
      ],
      truth: {
        kind: 'gradient',
        forward: ({ shapes, settings: { h, width, kernel, stride, padding } }) => ({
          op: name,
          shapes: { x: [...shapes.dy!.slice(0, 2), Number(h), Number(width)] },
          attrs: { kernel: Number(kernel), stride: Number(stride), padding: Number(padding ?? 0) },
          ...(winners ? { contents: { x: { kind: 'distinct' } } } : {}),
        }),
        gives: { dx: 'x' },
      },
    }),
  ];
};

const padding = text('what lies outside the image: its border pixels, or zeros', ['border', 'zeros']);
const theta = bool('whether pose is a matrix of two rows an image, as for grid_warp');
const warpSizes = (from: string) => ({ n: `${from}.shape[0]`, c: `${from}.shape[1]`, h: `${from}.shape[2]`, w: `${from}.shape[3]` });
const border = { border: "attrs.padding == 'border'" };
const poseRule: Requirement = [
  'pose.shape == if(attrs.theta, [n, 2, 3], [n, 3])',
  'pose: three numbers an image, or with theta a matrix of two rows',
];
const poseAxes = '[N, 3]: tx and ty in pixels, a rotation in degrees; with theta [N, 2, 3]';

function drawWarp(r: Random) {
  const image = [r.int(1, 3), r.int(1, 3), r.int(2, 7), r.int(2, 7)];
  const matrix = r.bool();
  return { image, matrix, pose: matrix ? [image[0]!, 2, 3] : [image[0]!, 3], settings: { padding: r.pick(['border', 'zeros']) } };
}
const warpForward = ({ shapes, settings }: Problem, image: readonly number[]) => ({
  op: (settings.theta ? 'grid_warp' : 'affine_warp') as OpName,
  shapes: { image, pose: shapes.pose! },
  attrs: { padding: String(settings.padding) },
  contents: { pose: { kind: 'pose' as const } },
});

const warp = (name: 'affine_warp' | 'grid_warp', matrix: boolean, summary: string): KernelSpec =>
  op(name, {
    kind: 'op',
    summary,
    attributes: { padding },
    inputs: {
      image: tensor('[N, C, H, W]'),
      pose: tensor(matrix ? '[N, 2, 3]' : '[N, 3]: tx and ty in pixels, a rotation in degrees', { contents: { kind: 'pose' } }),
    },
    outputs: { y: tensor('as image', { shape: 'image.shape' }) },
    definitions: warpSizes('image'),
    requires: [
      rank('image', 4, '[N, C, H, W]'),
      same('pose', matrix ? '[n, 2, 3]' : '[n, 3]', matrix ? 'a matrix of two rows an image' : 'tx, ty and a rotation an image'),
    ],
    variants: {
      naive: {
        passes: [{ shader: 'affine_warp/forward', params: { ...border, theta: matrix ? '1' : '0' }, count: 'ceil(n * h * w / 64)' }],
      },
    },
    choose: [['1', 'naive']],
    draw: (r) => {
      const { image, settings } = drawWarp(r);
      return { shapes: { image, pose: matrix ? [image[0]!, 2, 3] : [image[0]!, 3] }, settings };
    },
    bench: [{ shapes: { image: [256, 1, 28, 28], pose: matrix ? [256, 2, 3] : [256, 3] }, settings: { padding: 'zeros' } }],
    truth: { kind: 'forward', op: name },
  });

export const poolOps: readonly KernelSpec[] = [
  ...pool('maxpool2d', 'The largest element of each window, and its place; the first of equals. Padding is never the maximum.'),
  ...pool('avgpool2d', 'The mean of each window; padding counts as zeros.'),
  op('global_avg_pool', {
    kind: 'op',
    summary: 'y[n,c] = the mean of the plane x[n,c].',
    attributes: {},
    inputs: { x: tensor('[N, C, H, W]') },
    outputs: { y: tensor('[N, C]', { shape: '[x.shape[0], x.shape[1]]' }) },
    definitions: { planes: 'x.shape[0] * x.shape[1]', inner: 'x.shape[2] * x.shape[3]' },
    requires: [rank('x', 4, '[N, C, H, W]')],
    variants: { naive: { passes: [{ shader: 'global_avg_pool/forward', count: 'ceil(planes / 64)' }] } },
    choose: [['1', 'naive']],
    draw: (r) => ({ shapes: { x: r.shape(4, 9) }, settings: {} }),
    bench: [{ shapes: { x: [256, 64, 8, 8] }, settings: {} }],
    truth: { kind: 'forward', op: 'global_avg_pool' },
  }),
  op('global_avg_pool_grad', {
    kind: 'gradient',
    summary: 'dx[n,c,:,:] = dy[n,c] / (h·width).',
    attributes: { h: int('H of x'), width: int('W of x') },
    inputs: { dy: tensor('[N, C]') },
    outputs: { dx: tensor('[N, C, h, width]', { shape: '[dy.shape[0], dy.shape[1], attrs.h, attrs.width]' }) },
    definitions: { planes: 'dy.shape[0] * dy.shape[1]', inner: 'attrs.h * attrs.width' },
    requires: [rank('dy', 2, '[N, C]'), ['attrs.h >= 1 and attrs.width >= 1', 'h and width are 1 or more']],
    variants: { naive: { passes: [{ shader: 'global_avg_pool/grad', count: 'ceil(planes * inner / 64)' }] } },
    choose: [['1', 'naive']],
    draw: (r) => ({ shapes: { dy: r.shape(2, 9) }, settings: { h: r.int(1, 7), width: r.int(1, 7) } }),
    bench: [{ shapes: { dy: [256, 64] }, settings: { h: 8, width: 8 } }],
    truth: {
      kind: 'gradient',
      forward: ({ shapes, settings }) => ({
        op: 'global_avg_pool',
        shapes: { x: [...shapes.dy!, Number(settings.h), Number(settings.width)] },
        attrs: {},
      }),
      gives: { dx: 'x' },
    },
  }),
  warp(
    'affine_warp',
    false,
    'Bilinear samples of each image, moved and turned by its pose; torch’s affine_grid and grid_sample with align_corners=False.',
  ),
  warp('grid_warp', true, 'affine_warp with the sampling matrix θ itself as pose.'),
  op('warp_grad_image', {
    kind: 'gradient',
    summary: 'Image gradient of both warps.',
    attributes: { padding, theta },
    inputs: { dy: tensor('[N, C, H, W]'), pose: tensor(poseAxes, { contents: { kind: 'pose' } }) },
    outputs: { dimage: tensor('as dy', { shape: 'dy.shape' }) },
    definitions: warpSizes('dy'),
    requires: [rank('dy', 4, '[N, C, H, W]'), poseRule],
    variants: {
      naive: {
        passes: [{ shader: 'affine_warp/grad_image', params: { ...border, theta: 'attrs.theta' }, count: 'ceil(n * c * h * w / 64)' }],
      },
    },
    choose: [['1', 'naive']],
    draw: (r) => {
      const { image, matrix, pose, settings } = drawWarp(r);
      return { shapes: { dy: image, pose }, settings: { ...settings, theta: matrix } };
    },
    bench: [{ shapes: { dy: [256, 1, 28, 28], pose: [256, 3] }, settings: { padding: 'zeros', theta: false } }],
    truth: { kind: 'gradient', forward: (problem) => warpForward(problem, problem.shapes.dy!), gives: { dimage: 'image' } },
  }),
  op('warp_grad_pose', {
    kind: 'gradient',
    summary: 'Pose gradient of both warps.',
    attributes: { padding, theta },
    inputs: { dy: tensor('[N, C, H, W]'), image: tensor('[N, C, H, W]'), pose: tensor(poseAxes, { contents: { kind: 'pose' } }) },
    outputs: { dpose: tensor('as pose', { shape: 'pose.shape' }) },
    definitions: warpSizes('image'),
    requires: [rank('image', 4, '[N, C, H, W]'), poseRule, same('dy', 'image.shape', 'the shape of image')],
    variants: { workgroup: { passes: [{ shader: 'affine_warp/grad_pose', params: { ...border, theta: 'attrs.theta' }, count: 'n' }] } },
    choose: [['1', 'workgroup']],
    draw: (r) => {
      const { image, matrix, pose, settings } = drawWarp(r);
      return { shapes: { dy: image, image, pose }, settings: { ...settings, theta: matrix } };
    },
    bench: [{ shapes: { dy: [256, 1, 28, 28], image: [256, 1, 28, 28], pose: [256, 3] }, settings: { padding: 'zeros', theta: false } }],
    truth: { kind: 'gradient', forward: (problem) => warpForward(problem, problem.shapes.image!), gives: { dpose: 'pose' } },
  }),
];

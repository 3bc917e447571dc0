import {
  defineProgram,
  foldWorkgroups,
  InputError,
  type Program,
  requireRank,
  requireShape,
  type Shape,
  type Source,
} from '@kindling/core';
import forward from '@kindling/shaders/affine_warp/forward';
import gradImage from '@kindling/shaders/affine_warp/grad_image';
import gradPose from '@kindling/shaders/affine_warp/grad_pose';
import poseLibrary from '@kindling/shaders/affine_warp/pose';
import { modelStrides } from '../model-strides.js';
import { type Attrs, defineOp, type LowerContext } from '../op.js';

export interface WarpAttrs extends Attrs {
  /** What lies outside the image: its border pixels, or zeros. torch's padding_mode. */
  readonly padding: 'border' | 'zeros';
}

/** Gradient ops serve both warps: `theta` tells them apart. */
export interface WarpGradAttrs extends WarpAttrs {
  readonly theta: boolean;
}

function requireWarp(op: string, image: Shape, pose: Shape, { padding }: WarpAttrs, theta: boolean): void {
  requireRank(op, 'image', image, 4, '[N, C, H, W]');
  const why = theta ? 'a matrix of two rows an image' : 'tx, ty and a rotation an image';
  requireShape(op, 'pose', pose, theta ? [image[0]!, 2, 3] : [image[0]!, 3], why);
  if (padding === 'border' || padding === 'zeros') return;
  throw new InputError({ subject: op, got: `padding ${padding}`, expected: "'border' or 'zeros'", next: 'choose one of them' });
}

interface Kernel {
  readonly name: string;
  readonly text: string;
  /** Invocations, 64 a workgroup, or workgroups. */
  readonly invocations?: number;
  readonly groups?: number;
}

function warpProgram(context: LowerContext<WarpAttrs>, theta: boolean, image: Shape, names: readonly string[], kernel: Kernel): Program {
  const [n, c, h, w] = image as [number, number, number, number];
  const library: Source = { path: 'affine_warp/pose.wgsl', text: poseLibrary };
  return defineProgram({
    name: `affine_warp/${kernel.name}`,
    libraries: [library],
    source: { path: `affine_warp/${kernel.name}.wgsl`, text: kernel.text },
    params: {
      ...{ n, c, h, w },
      theta: theta ? 1 : 0,
      border: context.attrs.padding === 'border' ? 1 : 0,
      ...modelStrides(context, names),
    },
    workgroups: foldWorkgroups(kernel.groups ?? Math.ceil(kernel.invocations! / 64), context.models),
  });
}

/* @__NO_SIDE_EFFECTS__ */
function defineWarp(name: string, theta: boolean) {
  return defineOp<WarpAttrs>({
    name,
    attrs: { padding: 'string' },
    inputs: ['image', 'pose'],
    outputs: ['y'],
    variants: ['naive'],
    infer({ image, pose }, attrs) {
      requireWarp(name, image!, pose!, attrs, theta);
      return { y: { shape: image! } };
    },
    lower(context) {
      const { shape } = context.tensors.image!;
      const kernel = { name: 'forward', text: forward, invocations: shape[0]! * shape[2]! * shape[3]! };
      return [{ program: warpProgram(context, theta, shape, ['image', 'pose', 'y'], kernel) }];
    },
  });
}

/**
 * affine_warp: image [N,C,H,W], pose [N,3] = tx, ty in pixels and a rotation in degrees → y [N,C,H,W], bilinear. With θ = the first two rows of
 * the inverse of [[cos,−sin,tx/(W/2)],[sin,cos,ty/(H/2)],[0,0,1]]: torch.nn.functional.grid_sample(image, affine_grid(θ, align_corners=False),
 * 'bilinear', padding, align_corners=False). A NaN place (also of an infinite pose) gives NaN, where torch reads pixel (0,0). Jaderberg et al. 2015, equations 1 and 5.
 */
export const affineWarp = defineWarp('affine_warp', false);

/** grid_warp: affine_warp with θ given: image [N,C,H,W], pose = θ [N,2,3] → y [N,C,H,W]. */
export const gridWarp = defineWarp('grid_warp', true);

/** Image gradient of both warps: dy [N,C,H,W], pose [N,3] or with `theta` [N,2,3] → dimage [N,C,H,W]. */
export const warpGradImage = /* @__PURE__ */ defineOp<WarpGradAttrs>({
  name: 'warp_grad_image',
  attrs: { padding: 'string', theta: 'boolean' },
  inputs: ['dy', 'pose'],
  outputs: ['dimage'],
  variants: ['naive'],
  infer({ dy, pose }, attrs) {
    requireRank('warp_grad_image', 'dy', dy!, 4, '[N, C, H, W]');
    requireWarp('warp_grad_image', dy!, pose!, attrs, attrs.theta);
    return { dimage: { shape: dy! } };
  },
  lower(context) {
    const { shape } = context.tensors.dy!;
    const kernel = { name: 'grad_image', text: gradImage, invocations: shape.reduce((a, b) => a * b, 1) };
    return [{ program: warpProgram(context, context.attrs.theta, shape, ['dy', 'pose', 'dimage'], kernel) }];
  },
});

/** Pose gradient of both warps: dy, image [N,C,H,W], pose [N,3] or with `theta` [N,2,3] → dpose, its shape. */
export const warpGradPose = /* @__PURE__ */ defineOp<WarpGradAttrs>({
  name: 'warp_grad_pose',
  attrs: { padding: 'string', theta: 'boolean' },
  inputs: ['dy', 'image', 'pose'],
  outputs: ['dpose'],
  variants: ['workgroup'],
  infer({ dy, image, pose }, attrs) {
    requireWarp('warp_grad_pose', image!, pose!, attrs, attrs.theta);
    requireShape('warp_grad_pose', 'dy', dy!, image!, 'the shape of image');
    return { dpose: { shape: pose! } };
  },
  lower(context) {
    const { shape } = context.tensors.image!;
    const kernel = { name: 'grad_pose', text: gradPose, groups: shape[0]! };
    return [{ program: warpProgram(context, context.attrs.theta, shape, ['dy', 'image', 'pose', 'dpose'], kernel) }];
  },
});

import type { GradientRule } from '../gradient.js';

/* @__NO_SIDE_EFFECTS__ */
function warpGradient(theta: boolean): GradientRule {
  return ({ inputs, grads, attrs, needs, emit }) => {
    const [dy, image, pose] = [grads.y!, inputs.image!, inputs.pose!];
    return {
      image: needs('image') ? emit('warp_grad_image', { dy, pose }, { ...attrs, theta }).dimage! : null,
      pose: needs('pose') ? emit('warp_grad_pose', { dy, image, pose }, { ...attrs, theta }).dpose! : null,
    };
  };
}

/** Bilinear weights carry dy back to the image, differences of neighbours to the pose. */
export const affineWarpGradient = warpGradient(false);
export const gridWarpGradient = warpGradient(true);

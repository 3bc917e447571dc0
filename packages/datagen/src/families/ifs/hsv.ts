/** [red, green, blue] from a hue in turns (any real number), saturation and value: the twin of `shaders/families/ifs/hsv.wgsl`. */
export function hsv(hue: number, saturation: number, value: number): [number, number, number] {
  const channel = (offset: number): number => {
    const turn = hue + offset - Math.floor(hue + offset);
    const ramp = Math.min(Math.max(Math.abs(6 * turn - 3) - 1, 0), 1);
    return value * (1 - saturation + saturation * ramp);
  };
  return [channel(0), channel(2 / 3), channel(1 / 3)];
}

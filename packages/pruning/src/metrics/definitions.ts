/** A score for every example of a training set. */
export type PruneMetric =
  | 'el2n'
  | 'margin'
  | 'grand'
  | 'forgetting'
  | 'ensemble'
  | 'disagreement'
  | 'prototypes'
  | 'self-prototypes'
  | 'memorization'
  | 'influence'
  | 'influence-sum'
  | 'herding'
  | 'k-centre'
  | 'random';

/** What every output says of a metric. A high score means keep in all of them. */
export interface MetricFacts {
  readonly definition: string;
  /** What computing it takes. */
  readonly cost: string;
  /** Whether labels are read, and what else is needed. */
  readonly needs: string;
  /** Whether one trained model is enough, so that a checkpoint can be scored. */
  readonly checkpoint: boolean;
  /** What is known not to hold, or to be encoded in a special way. */
  readonly note?: string;
}

const SUBSETS = 'with --pool n only the first n of a class-balanced order are studied, and the others score −∞';

export const METRICS: Readonly<Record<PruneMetric, MetricFacts>> = {
  el2n: {
    definition: '‖softmax(logits) − onehot(label)‖₂, the mean over models that trained for a short while (Paul et al. 2021); 0 to √2',
    cost: 'a short training and one forward pass over the set, by model',
    needs: 'labels',
    checkpoint: true,
  },
  margin: {
    definition: 'max over c ≠ y of p_c, less p_y, the mean over models; −1 to 1',
    cost: 'a short training and one forward pass over the set, by model',
    needs: 'labels',
    checkpoint: true,
  },
  grand: {
    definition: '‖∇_θ cross-entropy‖₂ of each example by itself, over all parameters, the mean over models (Paul et al. 2021)',
    cost: 'a short training, and a forward and a backward pass with a weight gradient of its own for each example, by model',
    needs: 'labels',
    checkpoint: true,
    note: 'at initialisation (--steps 0) it does not replicate: there it says little about which examples matter (Kirsch 2023)',
  },
  forgetting: {
    definition:
      'right→wrong transitions between looks at the whole set, taken after every epoch of a run (Toneva et al. 2019 look when an example is trained on); the mean over models that ever had it right',
    cost: 'a whole training, and a forward pass over the set at each look',
    needs: 'labels, a run',
    checkpoint: false,
    note: 'an example that no model ever had right scores +∞ (float32 inf in the NPY) and is kept before all others, not 0',
  },
  ensemble: {
    definition: 'how many models misclassify the example (DDD, Meding et al. 2022)',
    cost: 'a short training and one forward pass over the set, by model',
    needs: 'labels, an ensemble',
    checkpoint: true,
    note: 'with one model it is 0 or 1; ties are broken by index',
  },
  disagreement: {
    definition: '1 − the largest share of the models’ votes (active learning by committee)',
    cost: 'a short training and one forward pass over the set, by model',
    needs: 'an ensemble; labels for its training, none for the score',
    checkpoint: false,
  },
  prototypes: {
    definition:
      '1 − cosine to the mean embedding of the example’s class, the embedding being what the model’s last layer reads; the mean over models',
    cost: 'a forward pass over the set, and one pass over the embeddings',
    needs: 'labels',
    checkpoint: true,
  },
  'self-prototypes': {
    definition:
      '1 − cosine to the nearest of k centroids of the embeddings, spherical k-means (cosine, centroids of length 1), the embedding being what the model’s last layer reads; one model',
    cost: 'a forward pass over the set, and passes over the embeddings until no example changes its centroid',
    needs: 'no labels but for training the model',
    checkpoint: true,
  },
  memorization: {
    definition:
      'P[a model is right on the example | it trained on it] − P[right | it did not], over models on random subsets (Feldman & Zhang 2020); −1 to 1',
    cost: 'a training of every model of hundreds (thousands for steady values), and a forward pass of each over the set',
    needs: 'labels, many models on subsets',
    checkpoint: false,
    note: SUBSETS,
  },
  influence: {
    definition:
      'the largest P[right on a test example | trained on this one] − P[right | not], over the test half, from the same subset models',
    cost: 'as memorization, and a comparison of every training with every test example',
    needs: 'labels of both halves, many models on subsets',
    checkpoint: false,
    note: `it looks at the test half, so accuracies on that half after pruning by it are not honest; ${SUBSETS}`,
  },
  'influence-sum': {
    definition: 'the sum over the test half of |P[right on it | trained on this one] − P[right | not]|, from the same subset models',
    cost: 'as memorization, and a comparison of every training with every test example',
    needs: 'labels of both halves, many models on subsets',
    checkpoint: false,
    note: `it looks at the test half, so accuracies on that half after pruning by it are not honest; ${SUBSETS}`,
  },
  herding: {
    definition:
      'order in which examples are taken so that the mean embedding of those taken stays nearest to that of all (Welling 2009): the first of --limit scores highest, --limit, the last 1, the others below 1; one model',
    cost: 'a forward pass over the set, and a pass over the embeddings for each example taken',
    needs: 'no labels but for training the model',
    checkpoint: true,
    note: 'a baseline: --keep hard keeps the examples in the order in which they were taken; set --limit to the number that you will keep',
  },
  'k-centre': {
    definition:
      'order in which examples are taken so that each is the farthest from those before, in the embedding, Euclidean (greedy k-centre, Sener & Savarese 2018); the mean of all counts as the first centre; the first of --limit scores highest, --limit, the last 1, the others below 1; one model',
    cost: 'a forward pass over the set, and a pass over the embeddings for each example taken',
    needs: 'no labels but for training the model',
    checkpoint: true,
    note: 'a baseline: --keep hard keeps the examples in the order in which they were taken; set --limit to the number that you will keep',
  },
  random: { definition: 'uniform in [0, 1) by the seed', cost: 'nothing', needs: 'nothing', checkpoint: false },
};

export const METRIC_NAMES = Object.keys(METRICS) as PruneMetric[];

/** How scores are to be read, in every output. */
export const SIGN = 'a high score means keep: --keep hard keeps the highest scores, --keep easy the lowest';

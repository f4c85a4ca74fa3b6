/* What sets the clusters of a plain cut apart: worked out here, from the columns that the page holds. */

const MOST_DIFFERENCES = 5;
const LEAST_EFFECT = 0.8;
const LARGEST_EFFECT = 10;
const MISSING = 255;

/** The bytes of a column, one per image. */
function decode(codes) {
  const marks = atob(codes);
  const bytes = new Uint8Array(marks.length);
  for (let image = 0; image < bytes.length; image++) bytes[image] = marks.charCodeAt(image);
  return bytes;
}

/** Number, sum and sum of squares of a column's bytes in each cluster, and last of all clusters together. */
function sumUp(column, places, nClusters) {
  const codes = (column.decoded ??= decode(column.codes));
  const sums = new Float64Array(3 * (nClusters + 1));
  for (let image = 0; image < codes.length; image++) {
    const [code, place] = [codes[image], places[image]];
    if (code === MISSING || place < 0) continue;
    sums[3 * place] += 1;
    sums[3 * place + 1] += code;
    sums[3 * place + 2] += code * code;
  }
  for (let place = 0; place < 3 * nClusters; place++) sums[3 * nClusters + (place % 3)] += sums[place];
  return sums;
}

/** Difference of a cluster from all others in standard deviations within the two, limited to 10; 0 where one is empty. */
function measureEffect(sums, place, nClusters) {
  const [m, inside, inSquares] = sums.subarray(3 * place, 3 * place + 3);
  const [all, sum, squares] = sums.subarray(3 * nClusters);
  const n = all - m;
  if (!n || !m) return 0;
  const outside = sum - inside;
  const within = (squares - (inside * inside) / m - (outside * outside) / n) / all;
  const effect = (inside / m - outside / n) / Math.sqrt(Math.max(within, 1e-6));
  return Math.max(-LARGEST_EFFECT, Math.min(LARGEST_EFFECT, effect));
}

/** The strongest column of each family in each cluster of the shown cut: a list of maps, family -> [effect, column]. */
function compareClusters() {
  const { clusters, labels, data } = state;
  const places = Int16Array.from(labels, (cluster) => clusters.indexOf(cluster));
  const strongest = clusters.map(() => new Map());
  for (const column of data.columns) {
    const sums = sumUp(column, places, clusters.length);
    strongest.forEach((families, place) => {
      const effect = measureEffect(sums, place, clusters.length);
      const known = families.get(column.family);
      if (!known || Math.abs(effect) > Math.abs(known[0])) families.set(column.family, [effect, column]);
    });
  }
  return strongest;
}

/** What was compared last, for which labels. */
const compared = { labels: null, strongest: [] };

/** Where a cluster of the shown cut differs most from all others: [effect, column], one of each family. */
function findDifferences(cluster) {
  if (compared.labels !== state.labels) Object.assign(compared, { labels: state.labels, strongest: compareClusters() });
  return [...(compared.strongest[state.clusters.indexOf(cluster)]?.values() ?? [])]
    .filter(([effect]) => Math.abs(effect) >= LEAST_EFFECT)
    .sort((a, b) => Math.abs(b[0]) - Math.abs(a[0]))
    .slice(0, MOST_DIFFERENCES);
}

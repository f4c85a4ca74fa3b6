/* The tree: a cut that can be moved, and signs that follow it. */

/** Node that holds each image where nodes from `first` on are opened, as the drawing folds them. */
function foldTree(tree, nImages, first) {
  const holder = Int32Array.from({ length: 2 * nImages - 1 }, (_, node) => node);
  for (let node = first - 1; node >= nImages; node--) {
    holder[tree[node - nImages][0]] = holder[tree[node - nImages][1]] = holder[node];
  }
  return holder.subarray(0, nImages);
}

/** The cluster of most images of each folded node, and how many these are: node -> [cluster, n, nAll]. */
function countLeaves(holders, labels) {
  const counts = new Map();
  labels.forEach((label, image) => {
    const row = counts.get(holders[image]) ?? new Map();
    counts.set(holders[image], row.set(label, (row.get(label) ?? 0) + 1));
  });
  return new Map(
    [...counts].map(([node, row]) => {
      const [cluster, n] = [...row].sort((a, b) => b[1] - a[1] || a[0] - b[0])[0];
      return [node, [cluster, n, [...row.values()].reduce((sum, size) => sum + size, 0)]];
    }),
  );
}

function startTree() {
  const svg = document.querySelector("svg.tree");
  if (!svg || !isWhole) return;
  const { tree, labels: found, sizes } = state.data;
  const leaves = [...svg.querySelectorAll(".leaf")];
  const branches = [...svg.querySelectorAll(".branch")];
  const first = 2 * found.length - leaves.length;
  const holders = foldTree(tree, found.length, first);
  const { right, left, base } = svg.dataset;
  const top = tree[tree.length - 1][2] || 1;
  const line = draw("path", { class: "cut" });
  svg.append(line);

  const most = Math.min(found.length, Math.max(leaves.length, sizes.length));
  const slider = make("input", { type: "range", id: "cut", min: 1, max: most, step: 1, value: sizes.length });
  const words = make("output", { for: "cut", id: "cut-words", "aria-live": "polite" });
  const bar = make("div", { class: "cut-bar" }, make("label", { for: "cut" }, "Clusters"), slider, words);
  svg.closest("figure").querySelector(".drawing").before(bar);
  slider.addEventListener("input", () => setCut(Number(slider.value)));

  /** Heights between which a cut leaves n clusters: the line stands in their middle. */
  const heightOf = (n) => ((tree[found.length - n]?.[2] ?? top * 1.04) + (tree[found.length - n - 1]?.[2] ?? 0)) / 2;
  const placeOf = (height) => Number(right) - (height / top) * (Number(right) - Number(left));

  onCut(({ labels, n, isFound, clusters }) => {
    slider.value = n;
    slider.setAttribute("aria-valuetext", `${count(n, "cluster")}${isFound ? ", as found" : ", a plain cut"}`);
    words.textContent = isFound
      ? `${count(n, "cluster")}, as found`
      : `${count(clusters.length, "cluster")}: a plain cut of the tree, not refined`;
    const x = placeOf(heightOf(n)).toFixed(1);
    line.setAttribute("d", `M${x} 2V${base}`);
    const marks = countLeaves(holders, labels);
    leaves.forEach((leaf) => markLeaf(leaf, marks.get(Number(leaf.dataset.node))));
    markBranches(branches, marks, tree, found.length, first);
  });

  let dragging = false;
  const drag = (event) => {
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    const height = ((Number(right) - point.x) / (Number(right) - Number(left))) * top;
    const n = 1 + tree.filter((merge) => merge[2] > height).length;
    if (Math.min(n, most) !== state.n) setCut(Math.min(n, most));
  };
  svg.addEventListener("pointerdown", (event) => {
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    dragging = Math.abs(point.x - placeOf(heightOf(state.n))) < 12;
    if (dragging) svg.setPointerCapture(event.pointerId);
  });
  svg.addEventListener("pointermove", (event) => dragging && drag(event));
  svg.addEventListener("pointerup", () => (dragging = false));
}

function markLeaf(leaf, [cluster, n, nAll]) {
  leaf.setAttribute("class", `leaf ${colourOf(cluster)}`);
  leaf.dataset.cluster = cluster;
  leaf.querySelector("use").setAttribute("href", shapeOf(cluster));
  leaf.querySelector(".id").textContent = nameOf(cluster);
  const [, name] = leaf.querySelectorAll("tspan");
  if (nAll > 1) name.textContent = (n < nAll ? `${n.toLocaleString("en")} of ` : "") + count(nAll, "image");
  const title = leaf.querySelector("title");
  const whose = cluster < 0 ? "no cluster" : `cluster ${cluster}`;
  if (nAll > 1) title.textContent = `${count(nAll, "image")}, ${n === nAll ? "all" : n} of ${whose}`;
  else title.textContent = `${visible(state.data.paths[Number(leaf.dataset.image)])}, ${whose}`;
}

/** Branches take the colour of what they hold, grey where several clusters join. */
function markBranches(branches, leafMarks, tree, nImages, first) {
  const marks = new Map([...leafMarks].map(([node, [cluster]]) => [node, cluster]));
  for (let node = first; node < 2 * nImages - 1; node++) {
    const [one, other] = tree[node - nImages].map((child) => marks.get(child));
    marks.set(node, one === other ? one : null);
  }
  for (const branch of branches) {
    const cluster = marks.get(Number(branch.dataset.node));
    branch.setAttribute("class", `branch ${cluster === null ? "mixed" : colourOf(cluster)}`);
  }
}

startTree();

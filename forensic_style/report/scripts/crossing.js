/* Crossing tables: images of each label in each cluster of the shown cut. */

/** Cells with a number of images each, those without any in grey. */
const countCell = (n, ...more) => make("td", { class: n ? "n" : "n none" }, n.toLocaleString("en"), ...more);

/** Draw a table of labels against clusters anew. */
function crossLabels(table, values) {
  const clusters = state.labels.includes(OUTSIDE) ? [...state.clusters, OUTSIDE] : state.clusters;
  const place = new Map(clusters.map((cluster, column) => [cluster, column]));
  const counts = new Map([...new Set(values)].sort().map((value) => [value, clusters.map(() => 0)]));
  values.forEach((value, image) => counts.get(value)[place.get(state.labels[image])]++);
  const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
  const corner = table.tHead.rows[0].cells[0];
  const heads = clusters.map((cluster) =>
    make("th", { scope: "col", class: "n" }, make("span", { class: "spoken" }, "Cluster "), badge(cluster)),
  );
  table.tHead.replaceChildren(make("tr", {}, corner, heads, make("th", { scope: "col", class: "n" }, "All")));
  const rows = [...counts].map(([value, row]) => {
    const name = make("th", { scope: "row" }, value || make("em", {}, "no label"));
    return make("tr", {}, name, row.map((n) => countCell(n)), countCell(sum(row)));
  });
  table.tBodies[0].replaceChildren(...rows);
  const totals = clusters.map((_, column) => sum([...counts.values()].map((row) => row[column])));
  const all = make("th", { scope: "row" }, "All");
  table.tFoot.replaceChildren(make("tr", {}, all, [...totals, values.length].map((n) => countCell(n))));
}

/** Mark the shown clusters, the largest part first, in each pair of a cluster by acquisition and one by processing. */
function crossAxes(table, { acquisition, processing }) {
  const inside = new Map();
  state.labels.forEach((cluster, image) => {
    const pair = `${acquisition[image]},${processing[image]}`;
    const counts = inside.get(pair) ?? inside.set(pair, new Map()).get(pair);
    counts.set(cluster, (counts.get(cluster) ?? 0) + 1);
  });
  [...table.tBodies[0].rows].forEach((row, one) =>
    [...row.cells].slice(1).forEach((cell, other) => {
      const ranked = [...(inside.get(`${one},${other}`) ?? [])].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
      cell.querySelector(".inside")?.remove();
      if (ranked.length) cell.append(make("span", { class: "inside" }, ranked.map(([cluster]) => badge(cluster))));
    }),
  );
}

onCut(({ data, labels }) => {
  if (!labels.length) return;
  const [axes, content, known] = ["crossing-axes", "crossing-content", "crossing-known"].map(byId);
  if (axes && data.axes) crossAxes(axes, data.axes);
  if (content) crossLabels(content, data.content);
  if (known) crossLabels(known, data.known);
});

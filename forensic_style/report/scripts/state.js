/*
 * The state of the page: which cut of the tree is shown, and whom that concerns.
 *
 * Everything that is not from this program (names, labels, claims) reaches the page as text alone: elements are made
 * by `make`, which knows no markup.
 */

const SHAPES = 8;
const COLOURS = 7;
const OUTSIDE = -1;
const SVG = document.querySelector("svg").namespaceURI;

/** Controls, marks that turn the direction of text, and halves of characters are shown by their codes. */
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\ufeff\u2028-\u202e\u2060-\u206f\ud800-\udfff]/gu;
const visible = (text) =>
  String(text).replace(UNSEEN, (mark) => "\\u" + mark.codePointAt(0).toString(16).padStart(4, "0"));

/** An element: `make("td", {class: "n"}, "12")`; texts become text, null and false nothing. */
function make(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

function draw(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== false).map(show));
  return element;
}

const show = (child) => (child instanceof Node ? child : visible(child));

const byId = (id) => document.getElementById(id);
const count = (n, noun, plural = noun + "s") => `${n.toLocaleString("en")} ${n === 1 ? noun : plural}`;

const colourOf = (cluster) => (cluster < 0 ? "outside" : `k${cluster % COLOURS}`);
const shapeOf = (cluster) => (cluster < 0 ? "#shape-outside" : `#shape-${cluster % SHAPES}`);
const nameOf = (cluster) => (cluster < 0 ? "none" : String(cluster));

/** A cluster's sign and number, as the page without script has it. */
function badge(cluster, before = "") {
  const sign = draw("svg", { viewBox: "-6 -6 12 12", "aria-hidden": "true" }, draw("use", { href: shapeOf(cluster) }));
  return make("span", { class: `badge ${colourOf(cluster)}` }, sign, before + nameOf(cluster));
}

/** Clusters of a plain cut of the tree into n parts; images of none stay so. */
function cutTree(tree, found, n) {
  const nImages = found.length;
  const parent = Int32Array.from({ length: 2 * nImages - 1 }, (_, node) => node);
  tree.slice(0, nImages - n).forEach(([one, other], step) => {
    parent[one] = parent[other] = nImages + step;
  });
  for (let node = 2 * nImages - 2; node >= 0; node--) parent[node] = parent[parent[node]];
  return keepNumbers(Array.from(parent.slice(0, nImages)), found);
}

/** Number parts like the found clusters that most of their images are in, the largest overlap first. */
function keepNumbers(parts, found) {
  const overlaps = new Map();
  parts.forEach((part, image) => {
    if (found[image] === OUTSIDE) return;
    const key = `${part},${found[image]}`;
    overlaps.set(key, (overlaps.get(key) ?? 0) + 1);
  });
  const numbers = new Map();
  const taken = new Set();
  const pairs = [...overlaps].map(([key, n]) => [n, ...key.split(",").map(Number)]);
  pairs.sort((a, b) => b[0] - a[0] || a[2] - b[2] || a[1] - b[1]);
  for (const [, part, cluster] of pairs) {
    if (numbers.has(part) || taken.has(cluster)) continue;
    numbers.set(part, cluster);
    taken.add(cluster);
  }
  let free = 0;
  const inside = parts.filter((_, image) => found[image] !== OUTSIDE);
  for (const part of inside) {
    if (numbers.has(part)) continue;
    while (taken.has(free)) free++;
    numbers.set(part, free);
    taken.add(free);
  }
  return parts.map((part, image) => (found[image] === OUTSIDE ? OUTSIDE : numbers.get(part)));
}

/**
 * What is shown.
 *
 * data: the JSON of the page. labels: cluster of each image, -1 for none. clusters: numbers of those there are, rising.
 * n: how many parts were asked for. isFound: whether these are the found clusters rather than a plain cut.
 */
const state = { data: JSON.parse(byId("run-data").textContent), labels: [], clusters: [], n: 0, isFound: true };
const isWhole = Array.isArray(state.data.labels);
const listeners = [];

/** Call back whenever another cut is shown; the first time for the found clusters, once all scripts have begun. */
const onCut = (callback) => listeners.push(callback);

/** Show the found clusters, or a plain cut into n parts. */
function setCut(n) {
  const found = state.data.labels;
  state.n = n;
  state.isFound = n === state.data.sizes.length;
  state.labels = state.isFound ? found : cutTree(state.data.tree, found, n);
  state.clusters = [...new Set(state.labels)].filter((cluster) => cluster >= 0).sort((a, b) => a - b);
  listeners.forEach((callback) => callback(state));
}

/** Numbers of the images of one cluster. */
const membersOf = (cluster) => state.labels.flatMap((label, image) => (label === cluster ? [image] : []));

/** Address of an image's thumbnail, "" where the page holds none. */
function thumbnailOf(image) {
  const shown = pictures.get(image);
  const rest = state.data.thumbnails?.[image];
  return shown ?? (rest ? `data:image/jpeg;base64,${rest}` : "");
}
const pictures = new Map(
  [...document.querySelectorAll(".picture[data-image] img")].map((img) => [
    Number(img.closest("[data-image]").dataset.image),
    img.getAttribute("src"),
  ]),
);

/* The map: a thumbnail for whom one points at, and colours by whatever is known of the images. */

const RAMP_STEPS = 10; // of the stylesheet, from low to high
const MOST_VALUES = 6; // that have a colour of their own
const OTHERS = "var(--soft)";
const UNKNOWN = "var(--unknown)";

const rampAt = (share) => `var(--ramp${Math.min(RAMP_STEPS - 1, Math.floor(share * RAMP_STEPS))})`;
const round = (value) => Number(value.toPrecision(3)).toLocaleString("en");

/** Everything that images can be coloured by: name -> {kind, ...}. */
function listShades() {
  const { words, numbers, columns } = state.data;
  const shades = new Map([["cluster", { kind: "cluster" }]]);
  Object.entries(words).forEach(([name, values]) => {
    if (new Set(values).size > 1 && !["notes", "file"].includes(name)) shades.set(name, { kind: "words", values });
  });
  Object.entries(numbers).forEach(([name, values]) => {
    const known = values.filter((value) => value !== null);
    shades.set(name, { kind: "numbers", values, low: Math.min(...known), high: Math.max(...known) });
  });
  columns.forEach((column) => shades.set(`${column.name} (${column.label})`, { kind: "column", ...column }));
  return shades;
}

/** Colour of each image, and the lines of the legend: [colour, words]. A column's ends hold what lies beyond them. */
function shade({ kind, values, low, high, codes }) {
  if (kind === "words") return shadeWords(values);
  const shares =
    kind === "column"
      ? Array.from(decode(codes), (code) => (code === MISSING ? null : code / (MISSING - 1)))
      : values.map((value) => (value === null ? null : (value - low) / (high - low)));
  const legend = [0, 0.25, 0.5, 0.75, 1].map((share) => [rampAt(share), round(low + share * (high - low))]);
  if (kind === "column") {
    legend[0][1] += " or less";
    legend[4][1] += " or more";
  }
  if (shares.includes(null)) legend.push([UNKNOWN, "unknown"]);
  return { colours: shares.map((share) => (share === null ? UNKNOWN : rampAt(share))), legend };
}

function shadeWords(values) {
  const counts = new Map();
  values.forEach((value) => counts.set(value, (counts.get(value) ?? 0) + 1));
  const ranked = [...counts].filter(([value]) => value).sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const kept = new Map(ranked.slice(0, MOST_VALUES).map(([value], place) => [value, `var(--k${place})`]));
  const legend = [...kept].map(([value, colour]) => [colour, `${value} (${counts.get(value).toLocaleString("en")})`]);
  const nOthers = ranked.slice(MOST_VALUES).reduce((sum, [, n]) => sum + n, 0);
  if (nOthers) legend.push([OTHERS, `${count(ranked.length - MOST_VALUES, "other")} (${nOthers.toLocaleString("en")})`]);
  if (counts.get("")) legend.push([UNKNOWN, `unknown (${counts.get("").toLocaleString("en")})`]);
  return { colours: values.map((value) => (value ? (kept.get(value) ?? OTHERS) : UNKNOWN)), legend };
}

/** What is said of an image beside its thumbnail. */
function describe(image) {
  const { paths, confidences, words, names } = state.data;
  const cluster = state.labels[image];
  const name = state.isFound && names[cluster] ? ` ${names[cluster]}` : "";
  const facts = [
    make("strong", { class: "path" }, paths[image]),
    make("span", {}, badge(cluster, cluster < 0 ? "" : "Cluster "), name),
  ];
  if (state.isFound && cluster >= 0) facts.push(make("span", {}, `Confidence ${confidences[image].toFixed(2)}`));
  for (const property of ["content", "known style", "claimed camera", "claimed software", "format", "size"]) {
    if (words[property]?.[image]) facts.push(make("span", {}, `${property}: ${words[property][image]}`));
  }
  return facts;
}

function startMap() {
  const svg = document.querySelector("svg.map");
  if (!svg || !isWhole) return;
  const dots = new Map([...svg.querySelectorAll(".dot")].map((dot) => [Number(dot.dataset.image), dot]));
  dots.forEach((dot) => dot.querySelector("title").remove()); // the thumbnail says more, and sooner
  const places = new Map([...dots].map(([image, dot]) => [image, readPlace(dot)]));
  const shades = listShades();
  const input = make("input", { id: "shade", list: "shades", value: "cluster", autocomplete: "off", spellcheck: "false" });
  const options = make("datalist", { id: "shades" }, [...shades.keys()].map((name) => make("option", { value: name })));
  const note = make("span", { class: "note", id: "shade-note" }, count(shades.size, "property", "properties"));
  const figure = svg.closest("figure");
  const legend = figure.querySelector(".legend");
  const found = [...legend.childNodes];
  figure.querySelector(".drawing").before(
    make("div", { class: "cut-bar" }, make("label", { for: "shade" }, "Colour by"), input, note, options),
  );

  let last = input.value;
  const paint = () => {
    const shown = shades.get(input.value || last);
    input.setAttribute("aria-invalid", !shown);
    if (!shown) return void (note.textContent = "No such property: choose one of the list.");
    last = input.value || last;
    note.textContent = shown.kind === "cluster" ? "" : "Shapes are the clusters.";
    const { colours, legend: lines } = shown.kind === "cluster" ? { colours: [], legend: null } : shade(shown);
    dots.forEach((dot, image) => {
      const cluster = state.labels[image];
      dot.setAttribute("class", `dot ${shown.kind === "cluster" ? colourOf(cluster) : "shaded"}`);
      dot.dataset.cluster = cluster;
      dot.querySelector("use").setAttribute("href", shapeOf(cluster));
      dot.style.setProperty("--mark", colours[image] ?? "");
    });
    if (lines) legend.replaceChildren(...lines.map(([colour, words]) => make("li", {}, swatch(colour), words)));
    else if (state.isFound) legend.replaceChildren(...found);
    else legend.replaceChildren(...state.clusters.map(listCluster));
    moveNumbers(svg, places);
  };
  input.addEventListener("change", paint);
  input.addEventListener("focus", () => {
    [input.placeholder, input.value] = [last, ""]; // or the list would offer what holds the name that stands there
  });
  input.addEventListener("blur", () => (input.value ||= last));
  onCut(paint);
  startTip(svg, places, dots);
}

const listCluster = (cluster) => make("li", {}, badge(cluster), " ", count(membersOf(cluster).length, "image"));

function swatch(colour) {
  const sign = make("span", { class: "swatch", "aria-hidden": "true" });
  sign.style.setProperty("background", colour);
  return sign;
}

function readPlace(dot) {
  const [x, y] = dot.querySelector("use").getAttribute("transform").match(/-?[\d.]+/g).map(Number);
  return { x, y };
}

/** The clusters' numbers stand just above the middles of their dots; at the found cut, where they are. */
function moveNumbers(svg, places) {
  svg.querySelectorAll(".middle").forEach((number) => number.classList.toggle("away", !state.isFound));
  svg.querySelectorAll(".middle.moved").forEach((number) => number.remove());
  if (state.isFound) return;
  const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
  for (const cluster of state.clusters) {
    const shown = membersOf(cluster).flatMap((image) => places.get(image) ?? []);
    if (!shown.length) continue;
    const [x, y] = [median(shown.map((place) => place.x)), median(shown.map((place) => place.y)) - 8];
    svg.append(draw("text", { class: "middle moved", x, y, "text-anchor": "middle" }, nameOf(cluster)));
  }
}

/** A tip with the thumbnail, for the pointer and for the arrow keys. */
function startTip(svg, places, dots) {
  const tip = make("div", { class: "tip", role: "status", hidden: true });
  document.body.append(tip);
  const region = svg.parentElement;
  region.setAttribute("aria-label", "Map of images: arrow keys go from image to image, Enter shows one in the table");
  let current = null;

  const hide = () => {
    dots.get(current)?.classList.remove("current");
    tip.hidden = true;
    current = null;
  };
  const point = (image) => {
    hide();
    current = image;
    const dot = dots.get(image);
    dot.classList.add("current");
    const source = thumbnailOf(image);
    tip.replaceChildren(
      ...(source ? [make("img", { src: source, alt: "" })] : []),
      make("div", {}, describe(image)),
    );
    tip.hidden = false;
    const box = dot.getBoundingClientRect();
    const room = document.documentElement.clientWidth - tip.offsetWidth - 8;
    const above = box.top - tip.offsetHeight - 8;
    tip.style.left = `${Math.max(8, Math.min(room, box.left + 12)) + scrollX}px`;
    tip.style.top = `${(above > 0 ? above : box.bottom + 8) + scrollY}px`;
  };

  svg.addEventListener("pointerover", (event) => {
    const dot = event.target.closest(".dot");
    if (dot) point(Number(dot.dataset.image));
    else hide();
  });
  svg.addEventListener("pointerleave", (event) => event.pointerType !== "touch" && hide());
  let touched = null; // a finger cannot hover: the first touch shows, the second one finds
  svg.addEventListener("click", (event) => {
    const dot = event.target.closest(".dot");
    const image = dot && Number(dot.dataset.image);
    if (dot && (event.pointerType !== "touch" || touched === image)) findInTable(image);
    touched = image;
  });
  region.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (step) {
      event.preventDefault();
      point(current === null ? [...places.keys()][0] : nextPlace(places, current, step));
    } else if (event.key === "Enter" && current !== null) findInTable(current);
    else if (event.key === "Escape") hide();
  });
  region.addEventListener("blur", hide);
}

/** The nearest image in a direction, sideways distance counting twice; the same where there is none. */
function nextPlace(places, image, [dx, dy]) {
  const from = places.get(image);
  let [best, least] = [image, Infinity];
  for (const [other, place] of places) {
    const [x, y] = [place.x - from.x, place.y - from.y];
    const ahead = x * dx + y * dy;
    const distance = ahead + 2 * Math.abs(x * dy + y * dx);
    if (ahead > 0.01 && distance < least) [best, least] = [other, distance];
  }
  return best;
}

/** Show one file's row; the table of files listens. */
const findInTable = (image) => document.dispatchEvent(new CustomEvent("find-file", { detail: image }));

startMap();

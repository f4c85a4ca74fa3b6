/* The table of all files: sorted, searched, a part at a time, with the clusters of the shown cut. */

const ROWS_AT_ONCE = 200;
const PATIENCE = 150; // milliseconds after the last key

/** Everything about the table: rows by image, images in their order, those that match, the first row shown. */
const listing = { rows: [], order: [], matching: [], first: 0, query: "", column: 0, isFalling: false, texts: null };
const inWords = new Intl.Collator("en", { numeric: true });

/** What a column is sorted by. */
function sortKey(name) {
  const { data, labels } = state;
  const area = (size) => size.split(/\D+/).reduce((a, b) => a * Number(b), 1);
  const keys = {
    path: (image) => data.paths[image],
    cluster: (image) => (labels[image] < 0 ? Infinity : labels[image]),
    confidence: (image) => data.confidences[image],
    content: (image) => data.content[image],
    known: (image) => data.known[image],
    format: (image) => data.words.format[image],
    pixels: (image) => area(data.words.size[image]),
    bytes: (image) => data.bytes[image],
    notes: (image) => data.words.notes?.[image] ?? "",
  };
  return keys[name];
}

/** Find the order of the rows; equal ones stay in the order of their paths. */
function sortFiles() {
  const key = sortKey(listing.heads[listing.column].textContent.trim().toLowerCase());
  const keys = new Map(listing.rows.map((_, image) => [image, key(image)]));
  const compare = typeof keys.get(0) === "string" ? inWords.compare : (a, b) => (a === b ? 0 : a - b);
  const sign = listing.isFalling ? -1 : 1;
  listing.order = [...listing.rows.keys()].sort((a, b) => sign * compare(keys.get(a), keys.get(b)) || a - b);
  listing.heads.forEach((head, column) => {
    if (column !== listing.column) return head.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", listing.isFalling ? "descending" : "ascending");
  });
}

/** Whether an image matches all words; "cluster 3" is found in the shown cut as well as in texts. */
function findMatches() {
  const { data, labels } = state;
  listing.texts ??= listing.rows.map((_, image) =>
    [data.paths, data.content, data.known, data.words.format, data.words.notes]
      .map((values) => values?.[image] ?? "")
      .join("\n")
      .toLowerCase(),
  );
  const clusters = [];
  const rest = listing.query.toLowerCase().replace(/cluster\s+(none|\d+)/g, (words, name) => {
    clusters.push([words, name]);
    return " ";
  });
  const words = rest.split(/\s+/).filter(Boolean);
  listing.matching = listing.order.filter((image) => {
    const text = listing.texts[image];
    return (
      words.every((word) => text.includes(word)) &&
      clusters.every(([phrase, name]) => nameOf(labels[image]) === name || text.includes(phrase))
    );
  });
}

/** Show the part of the matching rows that is asked for, and say how many there are. */
function showFiles() {
  findMatches();
  listing.first = Math.max(0, Math.min(listing.first, ROWS_AT_ONCE * Math.floor((listing.matching.length - 1) / ROWS_AT_ONCE)));
  const shown = listing.matching.slice(listing.first, listing.first + ROWS_AT_ONCE);
  const isShown = new Set(shown);
  listing.body.prepend(...shown.map((image) => listing.rows[image])); // moving all rows would take a second
  listing.rows.forEach((row, image) => row.classList.toggle("off", !isShown.has(image)));
  followCut(shown);
  const cut = state.isFound ? "" : `, clusters of the cut into ${state.n}`;
  const part =
    shown.length < listing.matching.length
      ? `; rows ${(listing.first + 1).toLocaleString("en")} to ${(listing.first + shown.length).toLocaleString("en")}`
      : "";
  byId("files-count").textContent =
    `${listing.matching.length.toLocaleString("en")} of ${count(listing.rows.length, "file")}${part}${cut}`;
  listing.pager.hidden = listing.matching.length <= ROWS_AT_ONCE;
  listing.back.disabled = listing.first === 0;
  listing.on.disabled = listing.first + shown.length >= listing.matching.length;
}

/** Write the clusters of the shown cut into rows. */
function followCut(images) {
  for (const image of images) {
    const row = listing.rows[image];
    const cluster = state.labels[image];
    if (row.dataset.cluster !== String(cluster)) {
      row.dataset.cluster = cluster;
      row.cells[1].replaceChildren(badge(cluster));
    }
    row.cells[2].textContent = state.isFound ? state.data.confidences[image].toFixed(2) : "–";
  }
}

/** Go to one file's row, out of all rows where the search has left it out. */
function findFile(image) {
  const row = listing.rows[image];
  if (!row) return;
  if (!listing.matching.includes(image)) byId("files-search").value = listing.query = "";
  findMatches();
  listing.first = ROWS_AT_ONCE * Math.floor(listing.matching.indexOf(image) / ROWS_AT_ONCE);
  showFiles();
  listing.body.querySelector(".sought")?.classList.remove("sought");
  row.classList.add("sought");
  row.tabIndex = -1;
  row.focus({ preventScroll: true });
  row.scrollIntoView({ block: "center" });
}

/** Controls above the table, and buttons in its heads. */
function equipTable() {
  const search = make("input", { type: "search", id: "files-search", autocomplete: "off", spellcheck: "false" });
  let timer = 0;
  search.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      listing.query = search.value;
      listing.first = 0;
      showFiles();
    }, PATIENCE);
  });
  const button = (words, act) => {
    const made = make("button", { type: "button" }, words);
    made.addEventListener("click", act);
    return made;
  };
  const turn = (rows) => () => {
    listing.first += rows;
    showFiles();
  };
  const name = (part) => `clusters${state.isFound ? "" : `_cut_into_${state.n}`}${part}.csv`;
  listing.back = button("Previous", turn(-ROWS_AT_ONCE));
  listing.on = button("Next", turn(ROWS_AT_ONCE));
  listing.pager = make("span", { class: "pager" }, listing.back, listing.on);
  const tools = byId("files-tools");
  tools.append(
    make("label", { for: "files-search" }, "Search"),
    search,
    make("p", { id: "files-count", role: "status" }),
    listing.pager,
    make(
      "span",
      { class: "exports" },
      button("Save what was found as CSV", () => download(name("_found"), writeCsv(listing.matching))),
      button("Save all as CSV", () => download(name(""), writeCsv(state.data.paths.map((_, image) => image)))),
    ),
    make(
      "p",
      { class: "note" },
      "Looks for all words in path, content, known technology, format and notes; “cluster 2” and “cluster none” find clusters. ",
      "Files hold the clusters of the shown cut, sizes, SHA-256 and claims. Confidence is known for the found clusters only. ",
      "Texts that a spreadsheet would run as a formula (they begin with = + - @ or a tab) get an apostrophe in front.",
    ),
  );
  tools.hidden = false;
  listing.heads.forEach((head, column) => {
    const sorter = button(head.textContent, () => {
      listing.isFalling = listing.column === column && !listing.isFalling;
      listing.column = column;
      listing.first = 0;
      sortFiles();
      showFiles();
    });
    head.replaceChildren(sorter);
  });
}

function startFiles() {
  const table = byId("files-table");
  listing.body = table.tBodies[0];
  listing.rows = [...listing.body.rows];
  listing.order = [...listing.rows.keys()];
  listing.heads = [...table.tHead.rows[0].cells];
  listing.heads[0].setAttribute("aria-sort", "ascending");
  equipTable();
  document.addEventListener("find-file", (event) => findFile(event.detail));
  const forPrint = () => {
    followCut(listing.rows.keys());
    listing.body.append(...listing.order.map((image) => listing.rows[image]));
  };
  addEventListener("beforeprint", forPrint);
  matchMedia("print").addEventListener("change", ({ matches }) => matches && forPrint());
  onCut(({ labels }) => {
    if (!labels.length) return;
    if (listing.heads[listing.column].textContent === "Cluster") sortFiles();
    showFiles();
  });
}

if (isWhole) startFiles();

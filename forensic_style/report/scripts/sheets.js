/* Sheets of the clusters: pictures that grow, and sheets of other cuts than the one found. */

const MOST_SHOWN = 24;
const FEWER_SHOWN = 8; // of each cluster where there are many

/** Show one image large, with what is known of it. */
function enlarge(image) {
  const source = thumbnailOf(image);
  const close = make("button", { type: "button" }, "Close");
  const dialog = make(
    "dialog",
    { class: "large", "aria-label": visible(state.data.paths[image]) },
    source ? make("img", { src: source, alt: `Thumbnail of ${visible(state.data.paths[image])}` }) : null,
    make("div", {}, describe(image), make("span", {}, "A thumbnail: the file itself is not in this page."), close),
  );
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  document.body.append(dialog);
  dialog.showModal();
}

/** A picture as the page without script has it, as a button. */
function picture(image) {
  const { paths } = state.data;
  const source = thumbnailOf(image);
  const name = visible(paths[image]);
  const view = source ? make("img", { src: source, alt: `Thumbnail of ${name}` }) : null;
  return make(
    "figure",
    { class: "picture", "data-image": image, "data-cluster": state.labels[image] },
    view ?? make("div", { class: "no-picture" }, "no thumbnail"),
    make(
      "figcaption",
      {},
      make("span", { class: "name", title: name }, name.split(/[/\\]/).pop()),
    ),
  );
}

function listContents(members) {
  const content = state.data.content;
  if (!content) return null;
  const counts = new Map();
  members.forEach((image) => counts.set(content[image], (counts.get(content[image]) ?? 0) + 1));
  const ranked = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const shown = ranked.slice(0, 12).map(([label, n]) =>
    make("li", {}, label || make("em", {}, "no label"), " ", make("span", {}, n.toLocaleString("en"))),
  );
  if (ranked.length > 12) shown.push(make("li", {}, `and ${count(ranked.length - 12, "content")} more`));
  return [make("h4", {}, "What they show"), make("ul", { class: "contents" }, shown)];
}

/** The sheet of one cluster of a plain cut. */
function drawSheet(cluster) {
  const members = membersOf(cluster);
  const { confidences } = state.data;
  const shown = [...members].sort((a, b) => Number(!thumbnailOf(a)) - Number(!thumbnailOf(b)) || confidences[b] - confidences[a]);
  const differences = findDifferences(cluster).map(([effect, column]) =>
    make(
      "li",
      {},
      `${effect > 0 ? "more" : "less"}: ${column.label}`,
      make("span", {}, `${Math.abs(effect).toFixed(1)} standard deviations · ${column.family}`),
    ),
  );
  const id = `cut-cluster-${cluster}`;
  const title = make(
    "h3",
    { id },
    badge(cluster, "Cluster "),
    " ",
    make("span", { class: "count" }, count(members.length, "image")),
  );
  const about = make(
    "div",
    { class: "about" },
    title,
    make("h4", {}, "Against the rest"),
    differences.length ? make("ul", { class: "traits" }, differences) : make("p", {}, "No single measurement stands out."),
    listContents(members),
  );
  const most = state.clusters.length > 12 ? FEWER_SHOWN : MOST_SHOWN;
  const pictures = make("div", { class: "pictures" }, shown.slice(0, most).map(picture));
  const heading = members.length > most ? `${most} of them` : "All images";
  return make(
    "article",
    { class: `cluster ${colourOf(cluster)}`, "data-cluster": cluster, "aria-labelledby": id },
    about,
    make("div", { class: "sheet" }, make("h4", {}, heading), pictures),
  );
}

/** The summary's table of clusters at a plain cut. */
function drawOverview() {
  const rows = [...state.clusters, ...(state.labels.includes(OUTSIDE) ? [OUTSIDE] : [])].map((cluster) => {
    const words = findDifferences(cluster).slice(0, 3).map(([effect, column]) => `${effect > 0 ? "more" : "less"}: ${column.label}`);
    return make(
      "tr",
      { "data-cluster": cluster },
      make("th", { scope: "row" }, badge(cluster)),
      make("td", { class: "n" }, membersOf(cluster).length.toLocaleString("en")),
      make("td", {}, cluster < 0 ? "they belong to no cluster" : words.join("; ") || "no single measurement stands out"),
    );
  });
  const heads = ["Cluster", "Files", "What its images have more or less of, against the rest"];
  const head = make("tr", {}, heads.map((words, place) => make("th", { scope: "col", class: place === 1 ? "n" : null }, words)));
  return make(
    "table",
    { class: "overview" },
    make("caption", {}, "The clusters of the cut that is shown, which were neither refined nor tested"),
    make("thead", {}, head),
    make("tbody", {}, rows),
  );
}

function startSheets() {
  const section = byId("clusters");
  if (!isWhole || !section) return;
  const found = [...section.querySelectorAll("article, .found")];
  const other = make("div", { class: "other-cut", hidden: true });
  section.append(other);
  const size = make("input", { type: "range", id: "picture-size", min: 4, max: 14, step: 0.5, value: 6.75 });
  size.addEventListener("input", () => section.style.setProperty("--picture", `${size.value}rem`));
  section.querySelector("h2").after(
    make("div", { class: "cut-bar" }, make("label", { for: "picture-size" }, "Size of pictures"), size,
      make("span", { class: "note" }, "Choose a picture to see it alone.")),
  );
  section.addEventListener("click", (event) => {
    const chosen = event.target.closest(".picture");
    if (chosen) enlarge(Number(chosen.dataset.image));
  });
  section.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    const chosen = event.target.closest(".picture");
    if (!chosen) return;
    event.preventDefault();
    enlarge(Number(chosen.dataset.image));
  });

  const overview = document.querySelector("table.overview");
  onCut(({ isFound, clusters }) => {
    found.forEach((part) => (part.hidden = !isFound));
    other.hidden = isFound;
    other.replaceChildren();
    if (!isFound) {
      other.append(
        make("p", {}, "These are clusters of a plain cut of the tree. Evidence, stability and doubtful images were worked out for the clusters found."),
        ...clusters.map(drawSheet),
      );
    }
    section.querySelectorAll(".picture :is(img, .no-picture)").forEach((shown) => {
      shown.tabIndex = 0;
      shown.setAttribute("role", "button");
    });
    overview.hidden = !isFound;
    overview.parentElement.querySelectorAll("table:not(:first-child)").forEach((table) => table.remove());
    if (!isFound) overview.after(drawOverview());
  });
}

startSheets();

/* A line that stays in sight while another cut than the one found is shown. Print shows the found clusters. */

function startNotice() {
  const words = make("span", { role: "status" });
  const back = make("button", { type: "button", id: "cut-found" }, "Show the clusters found");
  const notice = make("div", { class: "notice", id: "notice", role: "region", "aria-label": "What is shown", hidden: true }, words, back);
  const nFound = state.data.sizes.length;
  back.addEventListener("click", () => {
    setCut(nFound);
    byId("cut")?.focus({ preventScroll: true });
  });
  document.body.append(notice);
  onCut(({ isFound, clusters }) => {
    notice.hidden = isFound;
    words.textContent = isFound
      ? ""
      : `Shown: ${count(clusters.length, "cluster")} of a plain cut of the tree. Warnings and audit speak of the ${nFound.toLocaleString("en")} found.`;
  });
  let before = nFound;
  addEventListener("beforeprint", () => {
    before = state.n;
    if (!state.isFound) setCut(nFound);
  });
  addEventListener("afterprint", () => state.n !== before && setCut(before));
}

if (isWhole) startNotice();

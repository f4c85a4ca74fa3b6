/*
 * Tables as CSV: RFC 4180, UTF-8 with a byte order mark, lines that end in CR LF.
 *
 * Spreadsheet programs run a cell that begins with = + - @ (also in full width), a tab or a line end as a formula. Such
 * a text gets an apostrophe in front; numbers of our own, as the cluster -1, stay numbers.
 */

const FORMULA = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;
const LONE_HALF = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** A text as one cell; bytes of a name that are no text are shown by their codes. */
function writeText(value) {
  const text = String(value ?? "").replace(LONE_HALF, (half) => "\\u" + half.charCodeAt(0).toString(16));
  return quote(FORMULA.test(text) ? "'" + text : text);
}

const quote = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** Columns of the table of files: [name, cell of an image]. A confidence is of the found clusters, and of no other. */
function listColumns() {
  const { data, labels, isFound } = state;
  const texts = (values) => (image) => writeText(values[image]);
  const sizes = data.words.size.map((size) => size.split(/\D+/));
  return [
    ["path", texts(data.paths)],
    ["cluster", (image) => String(labels[image])],
    ["confidence", (image) => (isFound ? data.confidences[image].toFixed(4) : "")],
    data.content && ["content", texts(data.content)],
    data.known && ["known", texts(data.known)],
    ["format", texts(data.words.format)],
    ["width", (image) => sizes[image][0]],
    ["height", (image) => sizes[image][1]],
    ["bytes", (image) => String(data.bytes[image])],
    ["sha256", texts(data.sha256)],
    ...["claimed camera", "claimed software"]
      .filter((name) => data.words[name])
      .map((name) => [name.replace(" ", "_"), texts(data.words[name])]),
    ["notes", texts(data.words.notes ?? [])],
  ].filter(Boolean);
}

function writeCsv(images) {
  const columns = listColumns();
  const lines = images.map((image) => columns.map(([, cell]) => cell(image)).join(","));
  return [columns.map(([name]) => name).join(","), ...lines, ""].join("\r\n");
}

/** Hand a text to the browser as a file; nothing leaves the computer. */
function download(name, text) {
  const address = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv;charset=utf-8" }));
  const link = make("a", { href: address, download: name, hidden: true });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
}

// The scripts of a page in a context of their own, with a document that only holds the page's data.
const fs = require("node:fs");
const path = require("node:path");
const vm = require("node:vm");

const SCRIPTS = path.resolve(__dirname, "../../../src/coverage/commune_coverage/site/static/js");

const WORDS = {
  html_language: "en", language_name: "English", list_comma: ", ", digits: "0123456789", date: "{day} {month} {year}",
  months: "January|February|March|April|May|June|July|August|September|October|November|December",
  site_title: "Site", tab_internet: "Internet", gap: "{people} people in {layers} on {day}", towers: "towers", roads: "roads",
};

const PAGE = {
  page: "internet", tab: "tab_internet", languages: ["en", "km"], country: { en: "Country" }, code: "XXX", run_date: "2026-03-01",
  run: "run", filesAt: "run", status: "real", synthetic: [], credits: "", warnings: [], watermark: "", themes: [], tables: [], hasBaseMap: false,
};

function stub() {
  const classList = { contains: () => false };
  return { addEventListener() {}, setAttribute() {}, append() {}, remove() {}, click() {}, querySelector: () => null, classList, dataset: {} };
}

function documentOf(page) {
  return {
    ...stub(), documentElement: {}, head: stub(), body: stub(), title: "",
    getElementById: (id) => (id === "page-data" ? { textContent: JSON.stringify(page) } : stub()),
    querySelector: stub, querySelectorAll: () => [], createElement: stub, createElementNS: stub,
  };
}

/* Run base.js, hand over the data and run the named scripts; `hash` is what stands in the address. */
function open(scripts, { page = {}, data = {}, hash = "" } = {}) {
  const replaced = [];
  const location = { hash, replace: (address) => replaced.push(address) };
  const history = { replaceState: (state, title, address) => replaced.push(address) };
  const context = vm.createContext({ document: documentOf({ ...PAGE, ...page }), location, history, URLSearchParams, Blob, URL, setTimeout() {} });
  context.window = context;
  context.addEventListener = () => {};
  const run = (name) => vm.runInContext(fs.readFileSync(path.join(SCRIPTS, `${name}.js`), "utf8"), context, { filename: `${name}.js` });
  run("base");
  for (const code of ["en", "km"]) context.coverage.take(`words-${code}`, { ...WORDS, ...(data[`words-${code}`] || {}) });
  for (const [name, value] of Object.entries(data)) if (!name.startsWith("words-")) context.coverage.take(name, value);
  scripts.forEach(run);
  return { coverage: context.coverage, replaced };
}

/* Values made in the page's context have its own prototypes, which deepStrictEqual tells apart. */
const plain = (value) => JSON.parse(JSON.stringify(value));

module.exports = { open, plain };

/* Words, numbers, data and page elements. Data only ever becomes text nodes and attributes, never markup. */
window.coverage = (function () {
  "use strict";

  const page = JSON.parse(document.getElementById("page-data").textContent);
  const LATIN = "0123456789";
  const taken = new Map();
  const awaited = new Map();
  let language = page.languages[0];

  /* Data files call this with their name and value. */
  function take(name, value) {
    taken.set(name, value);
  }

  const data = (name) => taken.get(name);

  /* A data file that the page did not bring along; null where there is none. */
  function load(name) {
    if (taken.has(name)) return Promise.resolve(taken.get(name));
    if (!awaited.has(name)) {
      awaited.set(name, new Promise((resolve) => {
        const script = element("script", { src: `${page.filesAt}/data/${name}.js` });
        script.addEventListener("load", () => resolve(taken.get(name)));
        script.addEventListener("error", () => {
          resolve(null);
          window.dispatchEvent(new Event("missing"));
        });
        document.head.append(script);
      }));
    }
    return awaited.get(name);
  }

  /* Numbers that a data file holds packed as text. */
  async function unpacked(packed) {
    const raw = Uint8Array.from(atob(packed), (character) => character.charCodeAt(0));
    const stream = new Blob([raw]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }

  function element(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value);
    }
    made.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
    return made;
  }

  function drawn(tag, attributes, ...children) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  }

  function swatch(fill) {
    return drawn("svg", { width: 18, height: 18, class: "swatch", "aria-hidden": "true" },
      drawn("rect", { width: "100%", height: "100%", fill }));
  }

  function dot(fill) {
    return drawn("svg", { width: 18, height: 18, class: "dot", "aria-hidden": "true" }, drawn("circle", { cx: 9, cy: 9, r: 6, fill }));
  }

  const texts = () => data(`words-${language}`);

  function digits(said) {
    const own = [...texts().digits];
    return own.join("") === LATIN ? said : said.replace(/[0-9]/g, (digit) => own[Number(digit)]);
  }

  function day(iso) {
    const [year, month, date] = iso.split("-").map(Number);
    const months = texts().months.split("|");
    return texts().date.replace("{day}", date).replace("{month}", months[month - 1]).replace("{year}", year);
  }

  function valueIn(value) {
    if (Array.isArray(value)) return value.map((part) => texts()[part]).join(texts().list_comma);
    const said = String(value);
    return digits(/^\d{4}-\d\d-\d\d$/.test(said) ? day(said) : said.replaceAll(" %", "\u00a0%"));
  }

  function text(key, values) {
    return texts()[key].replace(/\{(\w+)\}/g, (_, name) => valueIn(values[name]));
  }

  const said = (saying) => text(saying.key, saying.values);
  const nameIn = (names, code) => names[code] || names.en || Object.values(names)[0] || "";
  const name = (names) => nameIn(names || {}, language);

  /* The rules of numbers.py, of the same whole units. */
  const grouped = (whole) => digits(String(whole).replace(/\B(?=(\d{3})+$)/g, ","));
  const halfUp = (value) => Math.floor(value + 0.5);

  function people(count) {
    if (count === null) return "";
    const step = 10 ** Math.max(String(Math.abs(count)).length - 3, 0);
    return grouped(halfUp(count / step) * step);
  }

  function share(value) {
    const parts = halfUp(value * 10000);
    if (parts > 0 && parts < 10) return digits("<0.1 %");
    if (parts > 9990 && parts < 10000) return digits(">99.9 %");
    if ((parts > 0 && parts < 1000) || (parts > 9900 && parts < 10000)) return digits(`${(halfUp(parts / 10) / 10).toFixed(1)} %`);
    return digits(`${halfUp(parts / 100)} %`);
  }

  const points = (value) => digits((halfUp(Math.abs(value) * 1000) / 10).toFixed(1));
  const sign = (value) => (value > 0 ? "+" : value < 0 ? "−" : "");
  const count = (value) => grouped(halfUp(value));
  const minutes = (value) => grouped(halfUp(value));
  const amount = { share, minutes, count, money: (value) => digits(value.toLocaleString("en-US")), width: points,
                   change: (value) => sign(value) + points(value) };

  /* Texts of a part of the page, or of all of it, in the reader's language. */
  function retell(root = document) {
    for (const node of root.querySelectorAll("[data-words]")) {
      node.textContent = text(node.dataset.words, JSON.parse(node.dataset.values));
    }
    for (const node of root.querySelectorAll("[data-names]")) {
      node.textContent = name(JSON.parse(node.dataset.names));
    }
    for (const node of root.querySelectorAll("[data-label]")) {
      node.setAttribute("aria-label", text(node.dataset.label, {}));
    }
    for (const node of root.querySelectorAll("[data-placeholder]")) {
      node.placeholder = text(node.dataset.placeholder, {});
    }
    for (const node of document.querySelectorAll("[data-language]")) {
      node.setAttribute("aria-pressed", String(node.dataset.language === language));
    }
  }

  /* The tab's title, after what is chosen on the page. */
  function titled(first) {
    const all = [first, name(page.country), text(page.tab, {}), text("site_title", {}), day(page.run_date)];
    document.title = all.filter(Boolean).join(" · ");
  }

  function speak(code) {
    language = page.languages.includes(code) ? code : page.languages[0];
    document.documentElement.lang = texts().html_language;
    retell();
    titled("");
    showTab();
  }

  /* On a phone the pages' names are wider than the screen. */
  function showTab() {
    for (const tabs of document.querySelectorAll(".tabs")) {
      const here = tabs.querySelector("[aria-current]");
      if (here) tabs.scrollLeft = here.offsetLeft - tabs.offsetLeft - 24;
    }
  }

  /* Hand a file that the page has made to the reader. */
  function save(blob, ending) {
    const link = element("a", { download: `${page.code.toLowerCase()}-${page.page}-${page.run_date}.${ending}` });
    link.href = URL.createObjectURL(blob);
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  function start() {
    document.querySelector("[data-print]").addEventListener("click", () => window.print());
    document.querySelector("[data-skip]").addEventListener("click", (event) => {
      event.preventDefault();
      document.getElementById("figures").focus();
    });
    if (document.fonts) document.fonts.ready.then(showTab);
    window.addEventListener("beforeprint", () => {
      for (const node of document.querySelectorAll(".about > details")) node.open = true;
    });
  }

  start();
  return { page, take, data, load, unpacked, element, drawn, swatch, dot, text, said, name, nameIn, people, share, points, sign, count,
           amount, day, digits, speak, retell, titled, save, halfUp, language: () => language };
})();

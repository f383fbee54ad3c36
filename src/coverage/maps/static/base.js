/* Words, numbers and page elements. Data only ever becomes text nodes and attributes, never markup. */
window.coverage = (function () {
  "use strict";

  const page = JSON.parse(document.getElementById("page-data").textContent);
  let language = page.languages[0];

  function element(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value);
    }
    made.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
    return made;
  }

  function swatch(fill) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const box = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    for (const [key, value] of [["width", "18"], ["height", "18"], ["class", "swatch"], ["aria-hidden", "true"]]) {
      svg.setAttribute(key, value);
    }
    for (const [key, value] of [["width", "100%"], ["height", "100%"], ["fill", fill]]) box.setAttribute(key, value);
    svg.append(box);
    return svg;
  }

  function text(key, values) {
    const texts = page.words[language];
    return texts[key].replace(/\{(\w+)\}/g, (_, name) => {
      const value = values[name];
      return Array.isArray(value) ? value.map((part) => texts[part]).join(texts.list_comma) : value;
    });
  }

  const said = (saying) => text(saying.key, saying.values);
  const nameIn = (names, code) => names[code] || names.en || Object.values(names)[0] || "";
  const name = (names) => nameIn(names || {}, language);

  function people(count) {
    if (count === null) return "";
    return Number(count.toPrecision(3)).toLocaleString("en-US", { maximumFractionDigits: 0 });
  }

  function share(value) {
    const percent = value * 100;
    if (percent > 0 && percent < 0.1) return "<0.1 %";
    if (percent > 99.9 && percent < 100) return ">99.9 %";
    const digits = (percent > 0 && percent < 10) || (percent > 99 && percent < 100) ? 1 : 0;
    return `${percent.toFixed(digits)} %`;
  }

  const count = (value) => value.toLocaleString("en-US");
  const amount = { share, minutes: (value) => value.toFixed(0), count, money: count };

  function figure(record, column) {
    const position = page.figures.indexOf(column);
    return position < 0 ? null : record.figures[position];
  }

  const place = (number) => (number === null ? "" : name(page.places[number]));

  function retell() {
    document.documentElement.lang = page.words[language].html_language;
    for (const node of document.querySelectorAll("[data-words]")) {
      node.textContent = text(node.dataset.words, JSON.parse(node.dataset.values));
    }
    for (const node of document.querySelectorAll("[data-names]")) {
      node.textContent = name(JSON.parse(node.dataset.names));
    }
    for (const node of document.querySelectorAll("[data-label]")) {
      node.setAttribute("aria-label", text(node.dataset.label, {}));
    }
    for (const node of document.querySelectorAll("[data-placeholder]")) {
      node.placeholder = text(node.dataset.placeholder, {});
    }
    for (const node of document.querySelectorAll("[data-language]")) {
      node.setAttribute("aria-pressed", String(node.dataset.language === language));
    }
    document.title = [name(page.country), text(page.tab, {}), text("site_title", {}), page.night].join(" · ");
  }

  function speak(code) {
    language = page.languages.includes(code) ? code : page.languages[0];
    retell();
  }

  function start() {
    document.querySelector("[data-print]").addEventListener("click", () => window.print());
    document.querySelector("[data-skip]").addEventListener("click", (event) => {
      event.preventDefault();
      document.getElementById("figures").focus();
    });
    window.addEventListener("beforeprint", () => {
      for (const node of document.querySelectorAll("details")) node.open = true;
    });
  }

  start();
  return { page, element, swatch, text, said, name, nameIn, place, people, share, count, amount, figure, speak,
           language: () => language };
})();

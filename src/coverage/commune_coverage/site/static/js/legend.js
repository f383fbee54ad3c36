/* The legend of a layer: what its colours mean, in words. */
coverage.legend = (function () {
  "use strict";

  const { element, text, said, swatch, communes } = coverage;

  const item = (entry) => element("li", {}, swatch(entry.fill), element("span", {}, said(entry.said)));

  /* The three classes that each of two gaps has. */
  function thirds(layer) {
    const [low, high] = layer.breaks.map((edge) => coverage.share(edge));
    return [text("range_under", { high: low }), text("range_between", { low, high }), text("range_from", { low: high })];
  }

  /* What each colour means in a list: of two gaps the first and the second class. */
  function entries(layer) {
    const both = layer.kind === "both" ? thirds(layer) : [];
    return layer.legend.map((entry, number) => ({ fill: entry.fill,
      said: number < both.length ** 2 ? `${both[Math.floor(number / 3)]} · ${both[number % 3]}` : said(entry.said) }));
  }

  /* Two gaps at once: a square of nine, what each of its sides means, and what its corners say. */
  function square(layer) {
    const [down, across] = layer.axes.map(said);
    const classes = thirds(layer);
    const rows = [0, 1, 2].map((row) => element("tr", {}, element("th", { scope: "row" }, classes[row]),
      ...[0, 1, 2].map((column) => element("td", {}, swatch(layer.legend[3 * row + column].fill)))));
    return element("table", { class: "square" },
      element("caption", {}, `↓ ${down}`, element("br"), `→ ${across}`),
      element("thead", {}, element("tr", {}, element("td"), ...classes.map((shown) => element("th", { scope: "col" }, shown)))),
      element("tbody", {}, ...rows));
  }

  function about(layer) {
    if (layer.kind === "both") return text("both_about", {});
    if (layer.kind === "change") return communes.since.run_date ? text("legend_change", { day: communes.since.run_date }) : text("changes_first", {});
    const how = layer.kind === "width" ? "darker_is_less_sure" : layer.kind === "evidence" ? "" : "darker_is_worse";
    return [text(`legend_${layer.kind}`, {}), how && text(how, {})].filter(Boolean).join(" · ");
  }

  function show(layer, hasMarks) {
    const graded = layer.isAbsent ? layer.legend.slice(-1) : layer.kind === "both" ? layer.legend.slice(layer.graded) : layer.legend;
    document.getElementById("legend").replaceChildren(...[
      element("h2", {}, said(layer.title)),
      layer.isAbsent ? null : element("p", { class: "aside" }, about(layer)),
      layer.kind === "both" ? square(layer) : null,
      element("ul", {}, ...graded.map(item), hasMarks ? element("li", {}, element("span", { class: "mark" }, "◆"), text("challenged", {})) : ""),
      layer.isAbsent ? null : element("p", { class: "aside about-patterns" }, text("about_data_poor", {})),
    ].filter(Boolean));
  }

  return { show, about, entries };
})();

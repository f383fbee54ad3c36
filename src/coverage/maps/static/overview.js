/* The ranking of all communes: sorted by any column, filtered by any name, linked to the maps. */
(function () {
  "use strict";

  const { page, element, text, said, name, place, people, share, figure, swatch, address } = coverage;
  const FIRST_ROWS = 50;
  const records = page.communes;
  const plain = coverage.search.plain;
  const order = { column: page.themes[0].people_column, isDescending: true };
  let isWhole = false;

  const isGraded = (record, position) => record.classes[position] < page.themes[position].layers[0].graded;
  const gradedFigure = (record, position, column) => (isGraded(record, position) ? figure(record, column) : null);

  const themeColumns = page.themes.flatMap((theme, position) => [
    { key: theme.people_column, title: `column_${theme.key}_people`, isNumber: true, theme,
      value: (record) => gradedFigure(record, position, theme.people_column),
      cell: (record, column) => gapCell(record, position, column) },
    { key: theme.share_column, title: `column_${theme.key}_share`, isNumber: true, theme,
      value: (record) => gradedFigure(record, position, theme.share_column),
      cell: (record, column) => (column.value(record) === null ? "" : share(column.value(record))) },
  ]);
  const columns = [
    { key: "commune", title: "column_commune", value: (record) => name(record.name) || record.code, cell: communeCell },
    { key: "district", title: "column_district", value: (record) => place(record.district) },
    { key: "province", title: "column_province", value: (record) => place(record.province) },
    { key: "people", title: "column_people", isNumber: true, value: (record) => figure(record, "people"),
      cell: (record) => people(figure(record, "people")) },
    ...themeColumns,
  ];

  function communeCell(record) {
    const shown = name(record.name) || record.code;
    const where = [place(record.district), place(record.province)].filter(Boolean).join(" · ");
    const link = element("a", { href: address.link("internet.html", record.code) }, shown);
    return element("span", {}, link, element("small", { class: "where" }, where));
  }

  function gapCell(record, position, column) {
    const theme = page.themes[position];
    const entry = theme.layers[0].legend[record.classes[position]];
    const label = isGraded(record, position) ? people(column.value(record)) : said(entry.said);
    const target = address.link(`${theme.key}.html`, record.code);
    const title = text("on_map", { commune: name(record.name) || record.code });
    return element("a", { href: target, title, class: isGraded(record, position) ? null : "no-figure" },
      swatch(entry.fill), label);
  }

  function compare(column) {
    const direction = order.isDescending ? -1 : 1;
    const collator = new Intl.Collator(coverage.language());
    return (one, other) => {
      const [left, right] = [column.value(one), column.value(other)];
      if (left === null || right === null) return (left === null) - (right === null);
      return direction * (column.isNumber ? left - right : collator.compare(left, right));
    };
  }

  function isWanted(record, wanted) {
    const places = [page.places[record.district], page.places[record.province]].filter(Boolean);
    const names = [record.name, ...places].flatMap((names) => Object.values(names));
    return [...names, record.code].some((key) => plain(key).includes(wanted));
  }

  function headCell(column) {
    const isSorted = column.key === order.column;
    const button = element("button", { type: "button" }, text(column.title, {}));
    button.addEventListener("click", () => {
      order.isDescending = isSorted ? !order.isDescending : Boolean(column.isNumber);
      order.column = column.key;
      show();
    });
    const sorted = isSorted ? (order.isDescending ? "descending" : "ascending") : "none";
    const kind = [`column-${column.key}`, column.isNumber && "number", column.theme && `theme-${column.theme.key}`];
    return element("th", { scope: "col", "aria-sort": sorted, class: kind.filter(Boolean).join(" ") }, button);
  }

  function row({ record, rank }) {
    const cells = columns.map((column) => element("td",
      { class: `column-${column.key}${column.isNumber ? " number" : ""}` },
      column.cell ? column.cell(record, column) : column.value(record)));
    return element("tr", {}, element("td", { class: "column-rank number" }, String(rank)), ...cells);
  }

  function show() {
    const column = columns.find((candidate) => candidate.key === order.column);
    const wanted = plain(document.getElementById("ranking-filter").value);
    const found = [...records].sort(compare(column)).map((record, index) => ({ record, rank: index + 1 }))
      .filter(({ record }) => isWanted(record, wanted));
    const shown = isWhole ? found : found.slice(0, FIRST_ROWS);
    const table = document.getElementById("ranking");
    table.tHead.replaceChildren(element("tr", {},
      element("th", { scope: "col", class: "column-rank number" }, text("column_rank", {})), ...columns.map(headCell)));
    table.tBodies[0].replaceChildren(...shown.map(row));
    const counts = { shown: coverage.count(shown.length), count: coverage.count(found.length) };
    document.getElementById("ranking-count").textContent = text("ranking_count", counts);
    const all = document.getElementById("ranking-all");
    all.hidden = shown.length === found.length;
    all.textContent = text("ranking_all", counts);
  }

  document.getElementById("ranking-filter").addEventListener("input", show);
  document.getElementById("ranking-all").addEventListener("click", () => {
    isWhole = true;
    show();
  });
  coverage.search.start(records, (record) => location.assign(address.link("internet.html", record.code)));
  address.follow(show);
})();

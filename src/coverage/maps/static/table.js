/* The table of communes: sorted by any column, filtered by any name and by province; it says all that the map says. */
coverage.table = (function () {
  "use strict";

  const { page, element, text, said, swatch, people, share, points, sign, digits, communes, address } = coverage;
  const STEP = 50;
  const themes = new Map(page.themes.map((theme) => [theme.key, theme]));

  const figure = (record, spec) => {
    const theme = themes.get(spec.theme);
    if (theme && !communes.isGraded(record, theme)) return null;
    return communes.figure(record, spec.column);
  };

  function bounds(record, column) {
    const [low, high] = ["low", "high"].map((bound) => communes.figure(record, `${column}_${bound}`));
    return low === null || high === null ? "" : text("low_to_high", { low: share(low), high: share(high) });
  }

  const withBounds = (shown, between) => element("span", {}, shown, between ? element("small", {}, between) : "");


  function gapSwatch(record, theme) {
    return theme ? swatch(theme.layer.legend[communes.classOf(record, theme.layer)].fill) : "";
  }

  function noFigure(record, theme) {
    return element("span", { class: "no-figure" }, said(theme.layer.legend[communes.classOf(record, theme.layer)].said));
  }

  const KINDS = {
    people: {
      value: figure,
      cell: (record, spec, value) => (value === null ? noFigure(record, themes.get(spec.theme))
        : element("span", {}, gapSwatch(record, themes.get(spec.theme)), people(value))),
    },
    share: {
      value: figure,
      cell: (record, spec, value) => (value === null ? "–" : withBounds(share(value), page.themes.length > 1 && page.page !== "index" ? "" : bounds(record, spec.column))),
    },
    rank: {
      value: figure,
      isBestFirst: true,
      cell: (record, spec, value) => {
        const [low, high] = ["low", "high"].map((bound) => communes.figure(record, `${spec.column}_${bound}`));
        return value === null ? "–" : withBounds(digits(String(value)), low === null || low === high ? "" : text("low_to_high", { low, high }));
      },
    },
    width: {
      value: (record, spec) => (figure(record, spec) === null ? null : communes.valueOf(record, { ...spec, kind: "width" })),
      cell: (record, spec, value) => (value === null ? "–"
        : withBounds(points(value), bounds(record, spec.other.replace(/_low$/, "")))),
    },
    change_people: {
      value: (record, spec) => communes.changeOf(record, spec.column),
      isBySize: true,
      cell: (record, spec, value) => (value === null ? "–" : value === 0 ? digits("0") : sign(value) + people(Math.abs(value))),
    },
  };

  function columnsOf(specs) {
    return [
      { key: "commune", title: () => text("column_commune", {}), value: (record) => communes.nameOf(record) },
      { key: "people", title: () => text("column_people", {}), isNumber: true, value: (record) => communes.figure(record, "people"),
        cell: (record, column) => people(column.value(record)) },
      ...specs.map((spec) => ({
        key: `${spec.kind === "width" ? "width_" : ""}${spec.column}`, title: () => said(spec.title), isNumber: true, theme: spec.theme,
        spec, isBestFirst: KINDS[spec.kind].isBestFirst, isBySize: KINDS[spec.kind].isBySize,
        value: (record) => KINDS[spec.kind].value(record, spec),
        cell: (record, column) => KINDS[spec.kind].cell(record, spec, column.value(record)),
      })),
    ];
  }

  /* `pick(record)` is called for a row; without it a row leads to the commune's page. `see(record)` is what is pointed at. */
  function start({ root, specs = page.view.columns, pick, see = () => {}, isSeen = null }) {
    const columns = columnsOf(specs);
    const first = columns.find((column) => column.spec) || columns[0];
    const order = { column: first.key, isDescending: !first.isBestFirst };
    let chosen = "";
    let most = STEP;

    const filter = element("input", { type: "search", class: "filter", autocomplete: "off", spellcheck: "false", "data-label": "ranking_filter", "data-placeholder": "ranking_filter" });
    const province = element("select", { "data-label": "filter_province" });
    const seen = element("input", { type: "checkbox" });
    const counted = element("p", { class: "count", role: "status" });
    const csv = element("button", { type: "button", class: "csv" });
    const more = element("button", { type: "button", class: "more" });
    const table = element("table", { class: "communes" }, element("caption", { class: "unseen" }), element("thead"), element("tbody"));
    const onlySeen = isSeen ? element("label", { class: "only-seen" }, seen, element("span", { "data-words": "only_seen", "data-values": "{}" })) : "";
    root.append(element("div", { class: "ranking-tools" }, filter, province, onlySeen, csv), counted,
      element("div", { class: "table-frame", tabindex: "0", role: "region", "data-label": "ranking" }, table), more);
    coverage.retell(root);

    function compare(column) {
      const direction = order.isDescending ? -1 : 1;
      const collator = new Intl.Collator(coverage.language());
      const size = column.isBySize ? Math.abs : (value) => value;
      return (one, other) => {
        const [left, right] = [one.value, other.value];
        if (left === null || right === null) return (left === null) - (right === null);
        return direction * (column.isNumber ? size(left) - size(right) : collator.compare(left, right));
      };
    }

    function isWanted(record, wanted, place) {
      if (place && !communes.isWithin(record, place)) return false;
      if (seen.checked && isSeen && !isSeen(record)) return false;
      if (!wanted) return true;
      const names = [record.district, record.province].filter((number) => number !== null).map((number) => communes.places[number].names);
      const keys = [record.name, ...names].flatMap((each) => Object.values(each));
      return [...keys, record.code].some((key) => coverage.search.plain(key).includes(wanted));
    }

    function found() {
      const column = columns.find((candidate) => candidate.key === order.column);
      const wanted = coverage.search.plain(filter.value);
      const place = communes.placeByKey.get(address.state().place);
      return communes.records.filter((record) => isWanted(record, wanted, place))
        .map((record) => ({ record, value: column.value(record) })).sort(compare(column)).map((each) => each.record);
    }

    function headCell(column) {
      const isSorted = column.key === order.column;
      const button = element("button", { type: "button" }, column.title());
      button.addEventListener("click", () => {
        order.isDescending = isSorted ? !order.isDescending : Boolean(column.isNumber && !column.isBestFirst);
        order.column = column.key;
        show();
        table.tHead.querySelector(`.column-${column.key} button`).focus();
      });
      const sorted = isSorted ? (order.isDescending ? "descending" : "ascending") : "none";
      const kind = [`column-${column.key}`, column.isNumber && "number", column.theme && `theme-${column.theme}`];
      return element("th", { scope: "col", "aria-sort": sorted, class: kind.filter(Boolean).join(" ") }, button);
    }

    function nameCell(record) {
      const where = [communes.placeName(record.district), communes.placeName(record.province)].filter(Boolean).join(" · ");
      const name = pick ? element("button", { type: "button", class: "name" }, communes.nameOf(record))
        : element("a", { href: address.link("commune.html", record.code), class: "name" }, communes.nameOf(record));
      if (pick) name.addEventListener("click", () => pick(record));
      const mark = communes.isChallenged(record) ? element("abbr", { class: "challenged", title: text("challenged", {}) }, "◆") : "";
      return element("th", { scope: "row", class: "column-commune" }, name, mark, element("small", {}, where));
    }

    function row(record) {
      const cells = columns.slice(1).map((column) => element("td",
        { class: `column-${column.key}${column.isNumber ? " number" : ""}` }, column.cell(record, column)));
      const made = element("tr", { "aria-current": record.code === chosen ? "true" : null, "data-row": record.code }, nameCell(record), ...cells);
      made.addEventListener("pointerenter", () => see(record));
      made.addEventListener("pointerleave", () => see(null));
      return made;
    }

    function tellProvinces() {
      const key = address.state().place;
      const provinces = communes.places.filter((place) => place.level === "province");
      const collator = new Intl.Collator(coverage.language());
      const options = provinces.map((place) => [communes.keyOf(place), coverage.name(place.names)]).sort((one, other) => collator.compare(one[1], other[1]));
      const place = communes.placeByKey.get(key);
      if (place && place.level === "district") options.unshift([key, coverage.name(place.names)]);
      province.replaceChildren(element("option", { value: "" }, text("all_provinces", {})),
        ...options.map(([value, shown]) => element("option", { value }, shown)));
      province.value = key;
      province.hidden = provinces.length < 2;
    }

    function show() {
      const rows = found();
      const shown = rows.slice(0, most);
      table.caption.textContent = text("ranking", {});
      table.tHead.replaceChildren(element("tr", {}, ...columns.map(headCell)));
      table.tBodies[0].replaceChildren(...shown.map(row));
      const counts = { shown: coverage.count(shown.length), count: coverage.count(rows.length) };
      counted.textContent = text("ranking_count", counts);
      more.hidden = shown.length === rows.length;
      more.textContent = text("ranking_more", {});
      csv.textContent = text("download_csv", {});
      tellProvinces();
    }

    function choose(code) {
      chosen = code;
      for (const each of table.tBodies[0].rows) {
        if (each.dataset.row === code) each.setAttribute("aria-current", "true");
        else each.removeAttribute("aria-current");
      }
    }

    filter.addEventListener("input", () => { most = STEP; show(); });
    seen.addEventListener("change", () => { most = STEP; show(); });
    province.addEventListener("change", () => address.change({ place: province.value, commune: "" }));
    more.addEventListener("click", () => { most += 4 * STEP; show(); });
    csv.addEventListener("click", () => coverage.saveTable(found(), specs));
    return { show, choose, moved: () => seen.checked && show() };
  }

  return { start };
})();

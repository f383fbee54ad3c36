/* The table of communes: sorted by any column, filtered by any name and by province; it says all that the map says. */
coverage.table = (function () {
  "use strict";

  const { page, element, text, communes, address } = coverage;
  const STEP = 50;

  function total(theme, key) {
    const [first, ...others] = coverage.totals.told(theme, key);
    if (!first) return "";
    return element("p", {}, element("strong", {}, first), ...others.flatMap((line) => [element("br"), line]));
  }

  /* `pick(record)` is called for a row; without it a row leads to the commune's page. `see(record)` is what is pointed at. */
  function start({ root, specs = page.view.columns, pick, see = () => {}, isSeen = null }) {
    const order = {};
    let columns = [];
    let chosen = "";
    let most = STEP;

    /* Other columns, sorted by the first of them. */
    function listColumns(wanted) {
      specs = wanted;
      columns = coverage.tableColumns(specs);
      const first = columns.find((column) => column.spec) || columns[0];
      Object.assign(order, { column: first.key, isDescending: !first.isBestFirst });
    }

    listColumns(specs);
    const filter = element("input", { type: "search", class: "filter", autocomplete: "off", spellcheck: "false", "data-label": "ranking_filter", "data-placeholder": "ranking_filter_hint" });
    const province = element("select", { "data-label": "filter_province" });
    const seen = element("input", { type: "checkbox" });
    const counted = element("p", { class: "count", role: "status" });
    const totals = element("section", { class: "totals", role: "status" });
    const csv = element("button", { type: "button", class: "csv" });
    const more = element("button", { type: "button", class: "more" });
    const table = element("table", { class: "communes" }, element("caption", { class: "unseen" }), element("thead"), element("tbody"));
    const onlySeen = isSeen ? element("label", { class: "only-seen" }, seen, element("span", { "data-words": "only_seen", "data-values": "{}" })) : "";
    root.append(element("div", { class: "ranking-tools" }, filter, province, onlySeen, csv), totals, counted,
      element("div", { class: "table-frame", tabindex: "0", role: "region", "data-label": "ranking" }, table), more);
    coverage.retell(root);
    coverage.keys.roving(table, ".name");

    function compare(column) {
      const direction = order.isDescending ? -1 : 1;
      const collator = new Intl.Collator(coverage.language());
      const size = column.isBySize ? Math.abs : (value) => value;
      const lived = (each) => communes.figure(each.record, "people") || 0;
      return (one, other) => {
        const [left, right] = [one.value, other.value];
        if (left === null || right === null) return (left === null) - (right === null);
        if (!column.isNumber) return direction * collator.compare(left, right);
        return direction * (size(left) - size(right)) || lived(other) - lived(one); // of equals those of more people first
      };
    }

    const wanted = () => [coverage.search.plain(filter.value), communes.placeByKey.get(address.state().place)];

    function isWanted(record, words, place) {
      if (place && !communes.isWithin(record, place)) return false;
      if (seen.checked && isSeen && !isSeen(record)) return false;
      if (!words) return true;
      const names = [record.district, record.province].filter((number) => number !== null).map((number) => communes.places[number].names);
      const keys = [record.name, ...names].flatMap((each) => Object.values(each));
      return [...keys, record.code].some((key) => coverage.search.plain(key).includes(words));
    }

    function found() {
      const column = columns.find((candidate) => candidate.key === order.column);
      const [words, place] = wanted();
      return communes.records.filter((record) => isWanted(record, words, place))
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
      if (pick) name.addEventListener("click", (event) => pick(record, event.detail === 0));
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

    function tellTotals() {
      const key = address.state().place;
      const place = communes.placeByKey.get(key);
      const told = place ? page.themes.map((theme) => total(theme, key)).filter(Boolean) : [];
      totals.replaceChildren(...(told.length ? [element("h3", {}, coverage.name(place.names)), ...told] : []));
      totals.hidden = !told.length;
    }

    function show() {
      const rows = found();
      const shown = rows.slice(0, most);
      table.caption.textContent = text("ranking", {});
      table.tHead.replaceChildren(element("tr", {}, ...columns.map(headCell)));
      table.tBodies[0].replaceChildren(...shown.map(row));
      showChosen();
      const counts = { shown: coverage.count(shown.length), count: coverage.count(rows.length) };
      counted.textContent = text("ranking_count", counts);
      more.hidden = shown.length === rows.length;
      more.textContent = text("ranking_more", {});
      csv.textContent = text("download_csv", {});
      tellProvinces();
      tellTotals();
    }

    /* A chosen commune that the filters let in has its row, however far down. */
    function showChosen() {
      const body = table.tBodies[0];
      for (const extra of body.querySelectorAll(".further")) extra.remove();
      for (const each of body.rows) {
        if (each.dataset.row === chosen) each.setAttribute("aria-current", "true");
        else each.removeAttribute("aria-current");
      }
      const record = communes.byCode.get(chosen);
      if (!record || body.querySelector("[aria-current]") || !isWanted(record, ...wanted())) return;
      const extra = row(record);
      extra.classList.add("further");
      body.append(extra);
    }

    function choose(code) {
      chosen = code;
      showChosen();
    }

    /* The row of what is pointed at on the map. */
    function point(record) {
      for (const each of table.tBodies[0].rows) each.classList.toggle("pointed", record !== null && each.dataset.row === record.code);
    }

    filter.addEventListener("input", () => { most = STEP; show(); });
    seen.addEventListener("change", () => { most = STEP; show(); });
    province.addEventListener("change", () => address.change({ place: province.value, commune: "" }));
    more.addEventListener("click", () => { most += 4 * STEP; show(); });
    csv.addEventListener("click", () => coverage.saveRows(coverage.tableRows(found(), specs)));
    return { show, choose, point, listColumns, found, specs: () => specs, moved: () => seen.checked && show() };
  }

  return { start };
})();

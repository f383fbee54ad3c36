/* The columns of the table of communes: what each kind of figure is sorted by and how a cell tells it. */
coverage.tableColumns = (function () {
  "use strict";

  const { page, element, text, said, swatch, people, share, points, sign, digits, communes } = coverage;
  const themes = new Map(page.themes.map((theme) => [theme.key, theme]));

  const figure = (record, spec) => {
    const theme = themes.get(spec.theme);
    if (theme && !communes.isGraded(record, theme)) return null;
    return communes.figure(record, spec.column);
  };

  /* In a narrow column a number and its sign stay on one line. */
  const kept = (said) => said.replace(" ", "\u00a0");

  const bounds = (record, column) => kept(coverage.ranges.shares(coverage.ranges.ofCommune(record, column)));

  function ends(record, { column, other }) {
    const [low, high] = [other, column].map((name) => communes.figure(record, name));
    return low === null || high === null ? "" : text("low_to_high", { low: kept(share(low)), high: kept(share(high)) });
  }

  const withBounds = (shown, between) => element("span", {}, shown, between ? element("small", {}, between) : "");

  function gapSwatch(record, theme) {
    return theme ? swatch(theme.layer.legend[communes.classOf(record, theme.layer)].fill) : "";
  }

  function noFigure(record, theme) {
    if (!theme) return "–";
    const { graded, legend, isAbsent } = theme.layer;
    const isPoor = !isAbsent && communes.evidenceOf(record, theme.key) === "data-poor";
    return element("span", { class: "no-figure" }, said(legend[isPoor ? graded : graded + 1].said));
  }

  const KINDS = {
    people: {
      value: figure,
      cell: (record, spec, value) => (value === null ? noFigure(record, themes.get(spec.theme))
        : element("span", {}, gapSwatch(record, themes.get(spec.theme)), people(value))),
    },
    share: {
      value: figure,
      cell: (record, spec, value) => (value === null ? noFigure(record, spec.isCoverage ? themes.get(spec.theme) : null) : withBounds(share(value), bounds(record, spec.column))),
    },
    minutes: {
      value: figure,
      cell: (record, spec, value) => (value === null ? noFigure(record, themes.get(spec.theme)) : coverage.amount.minutes(value)),
    },
    evidence: {
      value: (record, spec) => communes.evidenceRank(record, spec.theme),
      cell: (record, spec, value) => (value === null ? noFigure(record, themes.get(spec.theme)) : text(`evidence_${communes.evidenceOf(record, spec.theme)}`, {})),
    },
    change: {
      value: (record, spec) => communes.changeOf(record, spec.column),
      isBySize: true,
      cell: (record, spec, value) => (value === null ? "–" : coverage.amount.change(value)),
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
        : withBounds(points(value), ends(record, spec))),
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
        spec, isBestFirst: KINDS[spec.kind].isBestFirst || spec.isCoverage, isBySize: KINDS[spec.kind].isBySize,
        value: (record) => KINDS[spec.kind].value(record, spec),
        cell: (record, column) => KINDS[spec.kind].cell(record, spec, column.value(record)),
      })),
    ];
  }

  return columnsOf;
})();

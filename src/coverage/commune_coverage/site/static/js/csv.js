/* Rows as a file: an apostrophe stands before what a spreadsheet would run as a formula, at the beginning of a text or behind
   a semicolon, a tab or a new line, which part cells in many countries. */
coverage.saveRows = function (rows) {
  "use strict";

  function cell(value) {
    if (value === null || value === undefined) return "";
    const text = typeof value === "string" ? value.replace(/(^|[;\t\r\n])(?=[=+\-@\t\r])/g, "$1'") : String(value);
    return /[",\n\r]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
  }

  const text = rows.map((row) => row.map(cell).join(",")).join("\n");
  coverage.save(new Blob(["\ufeff", text, "\n"], { type: "text/csv" }), "csv");
};

/* The table as rows, its heads first: the same figures as on the page, in the order of the page, with what they are labelled by. */
coverage.tableRows = function (records, specs) {
  "use strict";

  const { page, communes } = coverage;
  const languages = [...new Set(["en", ...page.languages])];
  const columns = new Set(["people"]);
  for (const { column, other, kind } of specs.filter((spec) => !["evidence", "change"].includes(spec.kind))) {
    for (const name of [column, other].filter(Boolean)) columns.add(name);
    if (kind === "rank") for (const bound of ["low", "high"]) columns.add(`${column}_${bound}`);
  }
  const shown = [...columns].filter((column) => records.some((record) => communes.figure(record, column) !== null));
  const evidence = page.themes.map((theme) => theme.key);

  const shares = specs.filter((spec) => spec.kind === "share");
  const ranged = shares.flatMap(({ column }) => ["low", "high", "range"].map((name) => `${column}_${name}`));
  const changes = specs.filter((spec) => ["change_people", "change"].includes(spec.kind));
  const head = ["commune_code", ...languages.map((code) => `commune_name_${code}`), "district_name", "province_name", ...shown, ...ranged,
    ...changes.map((spec) => `${spec.column}_change_since_${communes.since.run_date}`),
    ...evidence.map((key) => `${key}_evidence`), "challenged", "run_date", "run_id", "status", "synthetic_layers"];

  function rangeOf(record, column) {
    const { kind, low, high } = coverage.ranges.ofCommune(record, column);
    return [low, high, kind === "interval" ? "90 % interval" : kind];
  }

  const rows = records.map((record) => [
    record.code, ...languages.map((code) => record.name[code]), communes.placeName(record.district), communes.placeName(record.province),
    ...shown.map((column) => communes.figure(record, column)), ...shares.flatMap(({ column }) => rangeOf(record, column)), ...changes.map((spec) => communes.changeOf(record, spec.column)),
    ...evidence.map((key) => communes.evidenceOf(record, key)), communes.isChallenged(record) ? "yes" : "",
    page.run_date, page.run, page.status, page.synthetic.join(" "),
  ]);
  return [head, ...rows];
};

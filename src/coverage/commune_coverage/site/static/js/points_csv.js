/* The table of towers or hubs as a file, with what it is labelled by. */
coverage.savePoints = function (which, table, rows) {
  "use strict";

  const { page, communes } = coverage;
  const codeOf = (row) => (communes.records[table.commune[row]] || { code: "" }).code;
  /* Maps go on beyond 180 degrees; files do not. */
  const wrapped = (lon) => (Math.abs(lon) <= 180e5 ? lon : lon - Math.sign(lon) * 360e5);
  const listed = (values, numbers) => (row) => values[numbers[row]] || "";
  const columns = {
    sites: { site: (row) => table.site[row], operator: listed(table.operators, table.operator), technologies: listed(table.technologies, table.technology), cells: (row) => table.cells[row] },
    hubs: { name: (row) => table.name[row] || "", kind: (row) => (table.kinds[table.kind[row]] || { en: "" }).en, load_share: (row) => (table.load[row] === null ? null : table.load[row] / 10000) },
  }[which];
  const own = Object.entries({
    ...columns, lon: (row) => wrapped(table.lon[row]) / 1e5, lat: (row) => table.lat[row] / 1e5, commune_code: codeOf,
    served_people: (row) => table.people[row], run_date: () => page.run_date, run_id: () => page.run, status: () => page.status,
    synthetic_layers: () => page.synthetic.join(" "),
  });
  coverage.saveRows([own.map(([name]) => name), ...rows.map((row) => own.map(([, value]) => value(row)))]);
};

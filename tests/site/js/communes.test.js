const assert = require("node:assert/strict");
const test = require("node:test");

const { open, plain } = require("./page.js");

const COMMUNES = {
  codes: ["01", "02", "03"], names: [{ en: "One" }, { en: "Two" }, {}], district: [1, 1, null], province: [0, 0, 0], part: [0, 0, 1],
  people: [100, 200, 300], places: [{ level: "province", code: "P", names: { en: "Province" } }, { level: "district", names: { en: "District" } }],
};
const GAPS = {
  columns: { internet_gap_share: [0, 5000, null], delivery_gap_share: [10000, 2500, 2500] }, units: { internet_gap_share: 10000, delivery_gap_share: 10000 },
  evidence: { internet: [0, 4, 1] }, challenged: [1],
};
const LAYER = { themes: ["internet"], kind: "share", column: "internet_gap_share", breaks: [0.1, 0.5], rises: true, graded: 3 };

function communes() {
  return open(["communes"], { page: { tables: ["gaps"] }, data: { communes: COMMUNES, gaps: GAPS } }).coverage.communes;
}

test("figures come in their own unit, null where there is none", () => {
  const { records, figure } = communes();
  assert.deepEqual(plain(records.map((record) => figure(record, "internet_gap_share"))), [0, 0.5, null]);
  assert.deepEqual(plain(records.map((record) => figure(record, "people"))), [100, 200, 300]);
  assert.equal(figure(records[0], "absent"), null);
});

test("a commune with little evidence has a class of its own, one without a figure another", () => {
  const { records, classOf } = communes();
  assert.deepEqual(plain(records.map((record) => classOf(record, LAYER))), [0, 3, 4]);
});

test("a class of a layer that falls is the better the higher", () => {
  const { records, classOf } = communes();
  const falling = { ...LAYER, themes: [], column: "delivery_gap_share", breaks: [0.9, 0.3], rises: false };
  assert.deepEqual(plain(records.map((record) => classOf(record, falling))), [0, 2, 2]);
});

test("a change is known where both runs have a figure", () => {
  const { records, changeOf, since } = communes();
  since.columns = { internet_gap_share: [1000, 2000, 3000] };
  since.units = { internet_gap_share: 10000 };
  assert.deepEqual(plain(records.map((record) => changeOf(record, "internet_gap_share"))), [-0.1, 0.3, null]);
  assert.equal(changeOf(records[0], "delivery_gap_share"), null);
});

test("names fall back to the code, places are known by their code or name", () => {
  const { records, nameOf, placeName, placeByKey, isWithin, places } = communes();
  assert.deepEqual(plain(records.map(nameOf)), ["One", "Two", "03"]);
  assert.equal(placeName(1), "District");
  assert.equal(placeName(null), "");
  assert.equal(placeByKey.get("district:District").number, 1);
  assert.deepEqual(plain(records.map((record) => isWithin(record, places[1]))), [true, true, false]);
});

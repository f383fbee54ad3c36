const assert = require("node:assert/strict");
const fs = require("node:fs");
const test = require("node:test");

const { open } = require("./page.js");

const KHMER = { digits: "០១២៣៤៥៦៧៨៩", list_comma: " ", date: "ថ្ងៃទី{day} {month} {year}" };

test("numbers are those that Python writes", { skip: process.env.NUMBERS ? false : "tests/site/test_scripts.py gives the numbers" }, () => {
  const { coverage } = open([]);
  const numbers = JSON.parse(fs.readFileSync(process.env.NUMBERS, "utf8"));
  for (const [count, said] of numbers.people) assert.equal(coverage.people(count), said, `people ${count}`);
  for (const [parts, said] of numbers.share) assert.equal(coverage.share(parts / 10000), said, `share ${parts}`);
  for (const [count, said] of numbers.count) assert.equal(coverage.count(count), said, `count ${count}`);
});

test("a missing number is no text", () => {
  assert.equal(open([]).coverage.people(null), "");
});

test("changes have a sign, points one decimal", () => {
  const { coverage } = open([]);
  assert.equal(coverage.amount.change(0.0123), "+1.2");
  assert.equal(coverage.amount.change(-0.5), "−50.0");
  assert.equal(coverage.amount.change(0), "0.0");
});

test("placeholders take numbers, dates and lists of keys", () => {
  const { coverage } = open([]);
  const values = { people: "1,200", layers: ["towers", "roads"], day: "2026-03-01" };
  assert.equal(coverage.text("gap", values), "1,200 people in towers, roads on 1 March 2026");
});

test("a language has its own digits, dates and commas", () => {
  const { coverage } = open([], { page: { languages: ["km", "en"] }, data: { "words-km": KHMER } });
  const values = { people: "7", layers: ["towers", "roads"], day: "2026-11-29" };
  assert.equal(coverage.people(38214), "៣៨,២០០");
  assert.equal(coverage.text("gap", values), "៧ people in towers roads on ថ្ងៃទី២៩ November ២០២៦");
});

test("a name falls back to English, then to any", () => {
  const { coverage } = open([]);
  assert.equal(coverage.nameIn({ km: "ភូមិ", en: "Village" }, "km"), "ភូមិ");
  assert.equal(coverage.nameIn({ en: "Village" }, "km"), "Village");
  assert.equal(coverage.nameIn({ fr: "Village" }, "km"), "Village");
  assert.equal(coverage.name(null), "");
});

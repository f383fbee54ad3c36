const assert = require("node:assert/strict");
const test = require("node:test");

const { open } = require("./page.js");

test("accents, case, spaces, hyphens and invisible joiners do not matter", () => {
  const { plain } = open(["search"]).coverage.search;
  assert.equal(plain("Côte-d’Ivoire"), "cotedivoire");
  assert.equal(plain("Phnom\u200b Penh"), "phnompenh");
  assert.equal(plain("ភ្នំ\u200bពេញ"), plain("ភ្នំ ពេញ"));
});

test("either spelling of Khmer's subscript ta and da finds a name", () => {
  const { plain } = open(["search"]).coverage.search;
  assert.equal(plain("ក\u17d2\u178aី"), plain("ក\u17d2\u178fី"));
  assert.notEqual(plain("ដី"), plain("តី"));
});

const assert = require("node:assert/strict");
const test = require("node:test");

const { open, plain } = require("./page.js");

const stateOf = (hash, page) => plain(open(["address"], { hash, page }).coverage.address.state());

test("an address without parts opens in the first language", () => {
  assert.deepEqual(stateOf(""), { commune: "", place: "", layer: "", lang: "en" });
});

test("parts are read and written again", () => {
  const { coverage, replaced } = open(["address"], { hash: "#commune=010201&layer=covered_4g_share&lang=en" });
  assert.equal(coverage.address.state().layer, "covered_4g_share");
  coverage.address.note({ commune: "", place: "province:01 & more" });
  assert.deepEqual(replaced, ["#place=province%3A01+%26+more&layer=covered_4g_share&lang=en"]);
});

test("a commune's own page has its code alone", () => {
  const page = { page: "commune" };
  assert.equal(stateOf("#010201", page).commune, "010201");
  assert.equal(stateOf("#a%20b&lang=km", page).commune, "a b");
  assert.equal(open(["address"], { page }).coverage.address.link("commune.html", "a b"), "commune.html#a%20b&lang=en");
});

test("what is no encoded text is taken as it stands", () => {
  const page = { page: "commune" };
  for (const code of ["%zz", "%", "a%2", "%E1%9E"]) assert.equal(stateOf(`#${code}&lang=km`, page).commune, code);
  assert.equal(stateOf("#commune=%zz&lang=%", {}).commune, "%zz");
});

test("links keep language and commune, a chosen commune takes the place of the place", () => {
  const { coverage } = open(["address"], { hash: "#place=province:01&layer=x&lang=km" });
  assert.equal(coverage.address.link("delivery.html"), "delivery.html#place=province%3A01&lang=km");
  assert.equal(coverage.address.link("delivery.html", "01"), "delivery.html#commune=01&lang=km");
});

const assert = require("node:assert/strict");
const test = require("node:test");

const { open } = require("./page.js");

async function saved(rows) {
  const { coverage } = open(["csv"]);
  let content = null;
  coverage.save = (blob) => { content = blob; };
  coverage.saveRows(rows);
  return Buffer.from(await content.arrayBuffer()).toString();
}

test("cells are quoted only where they must be", async () => {
  assert.equal(await saved([["a", "b,c", 'd"e', "f\ng"], [1, null, undefined, 0.5]]), '\ufeffa,"b,c","d""e","f\ng"\n1,,,0.5\n');
});

test("a text that a spreadsheet would run as a formula is one no more", async () => {
  assert.equal(await saved([["=1+1", "+1", "-1", "@a", "\tb"]]), "\ufeff'=1+1,'+1,'-1,'@a,'\tb\n");
  assert.equal(await saved([["ok;=1+1", "50;70", "x;-5\t@a"]]), "\ufeffok;'=1+1,50;70,x;'-5\t'@a\n");
  assert.equal(await saved([["two\n=1+1"]]), "\ufeff\"two\n'=1+1\"\n");
  assert.equal(await saved([[-1]]), "\ufeff-1\n");
});

const assert = require("node:assert/strict");
const test = require("node:test");

const { open, plain } = require("./page.js");

const SQUARE = [100, 200, 10, 0, 0, 10, -10, 0];

test("steps become points as latitude and longitude", () => {
  const { shapes } = open(["shapes"]).coverage;
  const read = shapes.read({ unit: 10, rows: [7], shapes: [[[SQUARE]]] });
  assert.deepEqual(plain([...read]), [[7, [[[[20, 10], [20, 11], [21, 11], [21, 10]]]]]]);
});

test("bounds are of the outer rings", () => {
  const { shapes } = open(["shapes"]).coverage;
  const [polygons] = [...shapes.read({ unit: 10, rows: [7], shapes: [[[SQUARE]]] }).values()];
  assert.deepEqual(plain(shapes.boundsOf(polygons)), [20, 10, 21, 11]);
  assert.deepEqual(plain(shapes.boundsOf([])), [90, 180, -90, -180]);
});

test("outlines keep what comes with their lines", () => {
  const { shapes } = open(["shapes"]).coverage;
  const data = { unit: 1, outlines: [{ place: 3, lines: [[1, 2, 1, 1]] }] };
  assert.deepEqual(plain(shapes.outlines(data)), [{ place: 3, lines: [[[2, 1], [3, 2]]] }]);
});

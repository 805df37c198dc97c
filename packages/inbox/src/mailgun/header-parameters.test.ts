import { expect, test } from "vitest";
import { headerParameters } from "./header-parameters.ts";

test.each([
  ['form-data; name="a"; filename="b.txt"', { name: "a", filename: "b.txt" }],
  ["form-data; name=a;filename=b.txt", { name: "a", filename: "b.txt" }],
  ['form-data ; NAME = "a" ; ', { name: "a" }],
  ['form-data; name="50%22 off%0D%0A"', { name: '50" off%0D%0A' }],
  ['form-data; name="say \\"hi\\"; name=b"', { name: 'say "hi"; name=b' }],
  ['form-data; filename="C:\\dir\\a.txt"', { filename: "C:\\dir\\a.txt" }],
  ['form-data; filename="C:\\"', { filename: "C:\\" }],
  ['form-data; filename="C:\\"; name="a"', { filename: "C:\\", name: "a" }],
  ["form-data; filename=\"x\"; filename*=UTF-8''na%C3%AFve%3B.txt", { filename: "naïve;.txt" }],
  ["form-data; filename=\"x\"; filename*=UTF-8''%E0%A4%A", { filename: "x", "filename*": "UTF-8''%E0%A4%A" }],
  ['form-data; name="a"; name="b"', { name: "a" }],
  ["multipart/form-data; boundary=abc", { boundary: "abc" }],
  ['form-data; name="no end', {}],
  ["form-data", {}],
  ["", {}],
] as const)("reads %s", (header, expected) => {
  expect(Object.fromEntries(headerParameters(header))).toEqual(expected);
});

test("reads a header of nothing but half-open quotes", () => {
  for (const piece of [';a="\\"', ';a="', "; ", ';a="" x', '";a="\\'])
    expect(headerParameters(`form-data${piece.repeat(50_000)}`).size).toBeLessThan(2);
});

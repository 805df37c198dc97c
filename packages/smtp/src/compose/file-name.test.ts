import { expect, test } from "vitest";
import { dispositionWithName, typeWithName } from "./file-name.ts";

test.each([
  ["report.pdf", 'attachment; filename="report.pdf"'],
  ["a b (1).txt", 'attachment; filename="a b (1).txt"'],
  ["Grüße.txt", "attachment; filename*0*=utf-8''Gr%C3%BC%C3%9Fe.txt"],
  ['a"b.txt', "attachment; filename*0*=utf-8''a%22b.txt"],
  ["a\\b.txt", "attachment; filename*0*=utf-8''a%5Cb.txt"],
  ["=?utf-8?q?a?=", "attachment; filename*0*=utf-8''%3D%3Futf-8%3Fq%3Fa%3F%3D"],
  [
    "日本語".repeat(3),
    "attachment; filename*0*=utf-8''%E6%97%A5%E6%9C%AC%E8%AA%9E%E6%97%A5%E6%9C%AC; filename*1*=%E8%AA%9E%E6%97%A5%E6%9C%AC%E8%AA%9E",
  ],
])("the name %j is written so that it reads as given", (filename, expected) => {
  expect(dispositionWithName("attachment", filename)).toBe(expected);
});

test.each([
  ["application/pdf", "a.pdf", 'application/pdf; name="a.pdf"'],
  ["text/plain; charset=utf-8", 'a"b', 'text/plain; charset=utf-8; name="a\\"b"'],
  ["a/b; name=old; x=y", "new", 'a/b; x=y; name="new"'],
  ['a/b;NAME="old; x=y";z=w', "new", 'a/b;z=w; name="new"'],
  ["a/b; name*0*=utf-8''old; name*1=er", "new", 'a/b; name="new"'],
  ['a/b; p="c; name=d"', "new", 'a/b; p="c; name=d"; name="new"'],
  ["a/b", "ü", 'a/b; name="=?UTF-8?B?w7w=?="'],
])("the type %j with the name %j has one name", (type, filename, expected) => {
  expect(typeWithName(type, filename)).toBe(expected);
});

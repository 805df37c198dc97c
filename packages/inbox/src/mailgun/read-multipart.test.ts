import { expect, test } from "vitest";
import { readMultipart } from "./read-multipart.ts";

const type = "multipart/form-data; boundary=x";
const field = (name: string, value: string): string =>
  `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
const file = (disposition: string, content = "1", more = ""): string =>
  `--x\r\nContent-Disposition: form-data; name="attachment"; ${disposition}\r\n${more}\r\n${content}\r\n`;
const end = "--x--\r\n";

function read(body: string, contentType = type): ReturnType<typeof readMultipart> {
  return readMultipart(Buffer.from(body, "latin1"), contentType);
}

test("keeps fields and files in their order, with every byte", () => {
  const bytes = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join("");
  const form = read(
    field("to", "a@b.example") +
      field("to", "c@d.example") +
      file('filename="all.bin"', bytes, "Content-Type: application/x-all; a=b\r\n") +
      field("text", "\r\n--\r\n") +
      end,
  );
  expect(form.fields).toEqual([
    ["to", "a@b.example"],
    ["to", "c@d.example"],
    ["text", "\r\n--\r\n"],
  ]);
  expect(form.files).toEqual([
    {
      field: "attachment",
      filename: "all.bin",
      contentType: "application/x-all; a=b",
      content: new Uint8Array(Buffer.from(bytes, "latin1")),
    },
  ]);
});

test.each([
  ['filename="100%25 %0D%0a.txt"', "100%25 %0D%0a.txt"],
  ['filename="the %22final%22.txt"', 'the "final".txt'],
  ['filename="a\\b.txt"', "a\\b.txt"],
  ['filename="\\"a\\".txt"', '"a".txt'],
  ["filename*=UTF-8''%C3%A4.txt", "ä.txt"],
  ['filename="\xc3\xa4.txt"', "ä.txt"],
  ['filename=""', ""],
])("reads %s as written", (disposition, filename) => {
  expect(read(file(disposition) + end).files).toMatchObject([{ filename, contentType: "" }]);
});

test("ends a header at a bare line break, so that none gets into a mail", () => {
  const body = file('filename="a"', "1", "Content-Type: a/b\nBcc: eve@example.com\r\n") + end;
  expect(read(body).files).toMatchObject([{ filename: "a", contentType: "a/b" }]);
});

test.each([
  ["a preamble and an epilogue", `For readers without MIME --x\r\n${field("a", "1")}${end}bye`, type],
  ["an empty value", `${field("a", "1")}${field("b", "")}${end}`, type],
  ["a quoted boundary", `${field("a", "1").replace("--x", "--x y")}--x y--`, 'multipart/form-data; boundary="x y"'],
  ["bytes that are no UTF-8", `${field("a", "1")}${field("b", "\xff")}${end}`, type],
])("takes %s", (_, body, contentType) => {
  expect(read(body, contentType).fields[0]).toEqual(["a", "1"]);
});

test.each([
  ["no boundary in the header", field("a", "1") + end, "multipart/form-data"],
  ["a boundary longer than 70 characters", field("a", "1") + end, `multipart/form-data; boundary=${"x".repeat(71)}`],
  ["another boundary", `${field("a", "1")}${end}`.replaceAll("--x", "--y"), type],
  ["no end", field("a", "1"), type],
  ["an end in a header", "--x\r\nContent-Disposition: form-data", type],
  ["a part without a name", `--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n${end}`, type],
  ["a part without headers", `--x\r\n\r\n\r\n${end}`, type],
  ["a part that is an attachment of a mail", field("a", "1").replace("form-data", "attachment") + end, type],
  ["bytes in a header that are no UTF-8", `${file('filename="\xff"')}${end}`, type],
  ["a header beyond 16 KB", `${file(`filename="${"a".repeat(20_000)}"`)}${end}`, type],
  ["a header without end", `--x\r\n${"a".repeat(20_000)}`, type],
  ["more than 10,000 parts", field("a", "1").repeat(10_001) + end, type],
])("refuses %s", (_, body, contentType) => {
  expect(() => read(body, contentType)).toThrow();
});

test("takes 10,000 parts", () => {
  expect(read(field("a", "1").repeat(10_000) + end).fields).toHaveLength(10_000);
});

test.each([
  ["half a boundary", "\r\n--"],
  ["the start of a boundary", "\r\n--xxxxxxxxxxxxxxx-"],
  ["line breaks", "\r\n"],
])("reads %s, a million times, as content", (_, piece) => {
  const boundary = "x".repeat(70);
  const content = piece.repeat(1_000_000);
  const body = `--${boundary}\r\nContent-Disposition: form-data; name="a"\r\n\r\n${content}\r\n--${boundary}--`;
  expect(read(body, `multipart/form-data; boundary=${boundary}`).fields[0]?.[1]).toHaveLength(content.length);
});

import { parse } from "csv-parse/sync";
import { stringify } from "csv-stringify/sync";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type CsvRow, readCsvRows } from "./csv-rows.ts";
import { type CsvSource, readCell, writeCsvRow } from "./suppression-csv.ts";

async function rowsOf(source: CsvSource): Promise<CsvRow[]> {
  const rows: CsvRow[] = [];
  for await (const part of readCsvRows(source)) rows.push(...part);
  return rows;
}
const cellsOf = async (source: CsvSource) => (await rowsOf(source)).map((row) => ("cells" in row ? row.cells : row));

test("reads rows with quotes, line breaks in them, every kind of line end, and no line end at last", async () => {
  const text = '\ufeffa,"b ""c"" , d",\r\n\r\n"x\r\ny",2,3\n"",,\rlast,1,2';
  const rows = [
    { line: 1, cells: ["a", 'b "c" , d', ""] },
    { line: 3, cells: ["x\r\ny", "2", "3"] },
    { line: 5, cells: ["", "", ""] },
    { line: 6, cells: ["last", "1", "2"] },
  ];
  expect(await rowsOf(text)).toEqual(rows);
  expect(await rowsOf(new TextEncoder().encode(text))).toEqual(rows);
  expect(await rowsOf([...text])).toEqual(rows);
  expect(await rowsOf([...new TextEncoder().encode(text)].map((byte) => Uint8Array.of(byte)))).toEqual(rows);
});

test.each([
  ["commas", "a@x.example,b;c"],
  ["semicolons", "a@x.example;b,c;d"],
  ["tabs", "a@x.example\tb\tc,d"],
])("separates cells by %s where the first line does", async (_name, line) => {
  const [delimiter = ""] = /[,;\t]/.exec(line) ?? [];
  expect(await cellsOf(`${line}\n${line}\n`)).toEqual([line.split(delimiter), line.split(delimiter)]);
});

test("tells a row whose quotes do not fit, and goes on with the next line", async () => {
  const row = expect.stringMatching(/quote/);
  expect(await cellsOf('a,b\n"x"y,1\nc,d\n')).toEqual([["a", "b"], { line: 2, problem: row }, ["c", "d"]]);
  expect(await cellsOf('a,b\n"x,1\n"c",d\n')).toEqual([["a", "b"], { line: 2, problem: row }, ["c", "d"]]);
  expect(await cellsOf('a,b\nc,d\n"x,1\ne,f')).toEqual([["a", "b"], ["c", "d"], { line: 3, problem: row }, ["e", "f"]]);
  expect(await cellsOf('a,b\n"x,1')).toEqual([["a", "b"], { line: 2, problem: row }]);
});

test("holds no more than one long row, and goes on after it", async () => {
  const long = "z".repeat(100_000);
  const parts = ["a,b\n", ...Array.from({ length: 50 }, () => long), ",1\r", "\nc,d\n", '"', long, "\n", "e,f\n"];
  const problem = expect.stringMatching(/too long/);
  expect(await cellsOf(parts)).toEqual([
    ["a", "b"],
    { line: 2, problem },
    ["c", "d"],
    { line: 4, problem },
    ["e", "f"],
  ]);
});

test("reads nothing from nothing", async () => {
  expect(await rowsOf("")).toEqual([]);
  expect(await rowsOf("\ufeff\r\n\n")).toEqual([]);
});

const table = fc.array(
  fc.array(fc.string({ unit: fc.constantFrom(..."ab@=+-',;\"\r\n\t ü") }), { minLength: 2, maxLength: 4 }),
  {
    minLength: 1,
  },
);
const isBlank = (cells: readonly string[]) => cells.length === 1 && cells[0] === "";

test("reads what csv-stringify writes, however it is cut", async () => {
  await fc.assert(
    fc.asyncProperty(table, fc.integer({ min: 1, max: 7 }), async (rows, size) => {
      const text = `first,row\n${stringify(rows, { quoted_match: /[;\t\r]/ })}`;
      const parts = text.match(new RegExp(`[^]{1,${size}}`, "g")) ?? [];
      expect(await cellsOf(parts)).toEqual([["first", "row"], ...rows.filter((row) => !isBlank(row))]);
    }),
  );
});

test("csv-parse reads what is written, and formulas come back as they were", () => {
  fc.assert(
    fc.property(table, (rows) => {
      const written = parse(rows.map(writeCsvRow).join(""), { relax_column_count: true });
      expect(written.map((cells) => cells.map(readCell))).toEqual(rows);
      expect(written.flat().filter((cell) => /^[=+\-@\t\r]/.test(cell))).toEqual([]);
    }),
  );
});

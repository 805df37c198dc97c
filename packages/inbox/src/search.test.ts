import { expect, test } from "vitest";
import { parseSearch } from "./search.ts";

const localDay = new Date(2026, 10, 23).getTime();

const searches: readonly (readonly [string, unknown])[] = [
  ["", []],
  ["  ", []],
  [
    "Hello  World",
    [
      { field: "text", part: "hello" },
      { field: "text", part: "world" },
    ],
  ],
  ['"Hello  World"', [{ field: "text", part: "hello  world" }]],
  [
    "from:Ada TO:bob",
    [
      { field: "from", part: "ada" },
      { field: "to", part: "bob" },
    ],
  ],
  [
    'subject:"two words" x',
    [
      { field: "subject", part: "two words" },
      { field: "text", part: "x" },
    ],
  ],
  ['subject:"still typing', [{ field: "subject", part: "still typing" }]],
  ["from:", []],
  ["from: ada", [{ field: "text", part: "ada" }]],
  ['""', []],
  ["tag:Welcome", [{ field: "tags", part: "\nwelcome\n" }]],
  ["has:attachment", [{ field: "attachment" }]],
  ["has:cake", [{ field: "text", part: "has:cake" }]],
  ["before:2026-11-23", [{ field: "before", at: localDay }]],
  ["after:2026-11-23T10:00:00Z", [{ field: "after", at: Date.UTC(2026, 10, 23, 10) }]],
  ["after:2026-99-99", [{ field: "text", part: "after:2026-99-99" }]],
  ["after:1", [{ field: "text", part: "after:1" }]],
  ["https://acme.example", [{ field: "text", part: "https://acme.example" }]],
  ["10:30", [{ field: "text", part: "10:30" }]],
  ['it"s', [{ field: "text", part: 'it"s' }]],
  ["constructor:x", [{ field: "text", part: "constructor:x" }]],
];

test.each(searches)("%j is read", (search, wanted) => {
  expect(parseSearch(search)).toEqual(wanted);
});

test("no more than 50 conditions are looked at", () => {
  expect(parseSearch("x ".repeat(10_000))).toHaveLength(50);
});

/** A parser that looked back would not end within the time of a test. */
test.each(["a", "a:", '"', '" ', ":", " ", "from:", 'a"', 'from:"'])("a million of %j is read at once", (part) => {
  const search = part.repeat(1_000_000);
  expect(parseSearch(search).length).toBeLessThanOrEqual(50);
});

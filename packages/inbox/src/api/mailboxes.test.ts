import { expect, test } from "vitest";
import { mailboxesOf } from "./mailboxes.ts";

test.each<[string, readonly object[]]>([
  ["ada@example.com", [{ address: "ada@example.com" }]],
  ["Ada Byron <ada@Example.COM>", [{ name: "Ada Byron", address: "ada@example.com" }]],
  [
    '"Smith, \\"Bo\\"" <bo@example.com>, cy@example.com',
    [{ name: 'Smith, "Bo"', address: "bo@example.com" }, { address: "cy@example.com" }],
  ],
  ['"a, b"@example.com', [{ address: '"a, b"@example.com' }]],
  ["Acme Inc. (Sales) <shop@acme.example>", [{ name: "Acme Inc. (Sales)", address: "shop@acme.example" }]],
  ["friends: ada@example.com, bob@example.com;", [{ address: "ada@example.com" }, { address: "bob@example.com" }]],
  ["undisclosed-recipients:;", []],
  [" , ", []],
  ["", []],
])("reads %j", (list, expected) => {
  expect(mailboxesOf(list)).toEqual(expected);
});

test.each([
  "ada",
  "ada@",
  "@example.com",
  "ada@example.com bob@example.com",
  "Ada <ada>",
  "a@b.example, x",
  "<a@b.example",
  "a@b@c.example",
])("finds %j to be wrong", (list) => {
  expect(mailboxesOf(list)).toBeUndefined();
});

import { describe, expect, test } from "vitest";
import { derivedEventId } from "./derived-event-id.ts";
import { bareMessageId, eventMetadata, eventRecord, eventTags, eventText } from "./event-values.ts";

describe("what a provider gives back", () => {
  test("is metadata as text, without the mail's own id", () => {
    const entries = Object.entries({ mail_id: "1", plan: "pro", empty: "", count: 2, list: ["a"], none: null });
    expect(eventMetadata(entries)).toEqual({ plan: "pro", empty: "", count: "2", list: '["a"]' });
  });

  test("may be called __proto__ and changes no object", () => {
    const metadata = eventMetadata(Object.entries(eventRecord(JSON.parse('{"__proto__":{"polluted":"yes"}}'))));
    expect(Object.getPrototypeOf(metadata)).toBe(Object.prototype);
    expect(Object.assign({}, metadata)).not.toHaveProperty("polluted");
    expect({}).not.toHaveProperty("polluted");
  });

  test.each([
    ["one", ["one"]],
    [
      ["one", "two", 3, null, ""],
      ["one", "two"],
    ],
    [undefined, []],
    [{ a: "b" }, []],
  ])("is tags: %j", (value, tags) => {
    expect(eventTags(value)).toEqual(tags);
  });

  test.each([
    ["text", "text"],
    [5, "5"],
    [" ", undefined],
    [null, undefined],
    [{}, undefined],
  ])("is text: %j", (value, text) => {
    expect(eventText(value)).toBe(text);
  });

  test.each([
    ["<a@b>", "a@b"],
    [" <a@b>\r\n", "a@b"],
    ["a@b", "a@b"],
    ["<>", undefined],
    [7, "7"],
    [undefined, undefined],
  ])("is a Message-ID: %j", (value, id) => {
    expect(bareMessageId(value)).toBe(id);
  });
});

test("an event without an id gets one that hangs on its fields, not on their order", () => {
  const id = derivedEventId({ event: "open", email: "a@b" });
  expect(derivedEventId({ email: "a@b", event: "open" })).toBe(id);
  expect(derivedEventId({ email: "a@b", event: "click" })).not.toBe(id);
  expect(id).toMatch(/^[\w-]{43}$/);
});

import { memoryStore } from "@mail/core";
import { describe, expect, expectTypeOf, test } from "vitest";
import { createTracker } from "./create-tracker.ts";
import { jsonSource } from "./tracker.fixture.ts";

describe("an option", () => {
  test.each([
    ["stor", { stor: memoryStore() }],
    ["store", { store: "sqlite" }],
    ["sources", { sources: [] }],
    ["sources.sendgrid", { sources: { sendgrid: {} } }],
    ["sources.sendgrid", { sources: { sendgrid: undefined } }],
    ["onUnrecorded", { onUnrecorded: "drop" }],
    ["retainMs", { retainMs: 0 }],
    ["suppressions", { suppressions: "list" }],
    ["logger", { logger: "console" }],
  ])("%s that is wrong is refused by its name", (field, options) => {
    expect(() => createTracker(options as never)).toThrow(expect.objectContaining({ code: "configuration", field }));
  });

  test("store without tracking says which stores have it", () => {
    const { tracking: _, ...redis } = memoryStore();
    expect(() => createTracker({ store: redis })).toThrow(
      expect.objectContaining({
        code: "configuration",
        field: "store",
        hint: expect.stringMatching(/sqliteStore.*postgresStore.*Redis/),
      }),
    );
  });
});

test("names of sources are known to the compiler, and any other may be asked for", () => {
  const tracker = createTracker({ sources: { sendgrid: jsonSource(), mailgun: jsonSource() } });
  expectTypeOf(tracker.handle).parameter(1).toEqualTypeOf<"sendgrid" | "mailgun" | (string & {})>();
});

test("a tracker is closed at the end of its scope", async () => {
  let kept: ReturnType<typeof createTracker>;
  {
    await using tracker = createTracker({ sources: { test: jsonSource() } });
    kept = tracker as never;
  }
  const request = new Request("https://app.example/", { method: "POST", body: "[]" });
  expect((await kept.handle(request, "test")).status).toBe(503);
});

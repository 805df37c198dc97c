import { MailError, type MailEventSource, memoryStore } from "@mail/core";
import { describe, expect, test, vi } from "vitest";
import { createTracker } from "./create-tracker.ts";
import { faultyStore, jsonSource, mailEvent, report } from "./tracker.fixture.ts";

const sources = { test: jsonSource() };

function quietLogger() {
  return { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
}

describe("a request", () => {
  test("with events is answered 200, and they are stored", async () => {
    const tracker = createTracker({ sources });
    const response = await tracker.handle(report([mailEvent(), mailEvent({ type: "opened" })]), "test");
    expect(response.status).toBe(200);
    expect((await tracker.timeline("mail-1")).map(({ type }) => type)).toEqual(["delivered", "opened"]);
  });

  test("without events is answered 200", async () => {
    expect((await createTracker({ sources }).handle(report([]), "test")).status).toBe(200);
  });

  test.each(["GET", "HEAD", "PUT", "OPTIONS"])("by %s is answered 405, with what is allowed", async (method) => {
    const response = await createTracker({ sources }).handle(new Request("https://app.example/", { method }), "test");
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("POST");
  });

  test.each(["nobody", "toString", "__proto__", ""])("for the unknown source %j is answered 404", async (name) => {
    expect((await createTracker({ sources }).handle(report([mailEvent()]), name)).status).toBe(404);
  });

  test.each([
    ["invalid_signature", 401],
    ["stale", 401],
    ["unknown_topic", 401],
    ["malformed", 400],
    ["too_large", 413],
  ])("that is refused as %s is answered %i, and the body says no more than that", async (code, status) => {
    const logger = quietLogger();
    const tracker = createTracker({ sources, logger });
    const response = await tracker.handle(report([mailEvent()], { refuse: code }), "test");
    expect(response.status).toBe(status);
    expect(await response.text()).toBe(`${code}\n`);
    expect(logger.warn).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ source: "test", code, field: "signature", hint: "Check the key of the source." }),
      expect.any(String),
    );
    expect((await tracker.recent()).events).toEqual([]);
  });

  test("that is refused gets the status that its provider understands", async () => {
    const tracker = createTracker({ sources: { mailgun: jsonSource(() => 406) } });
    expect((await tracker.handle(report([], { refuse: "invalid_signature" }), "mailgun")).status).toBe(406);
  });

  test.each([
    ["a store that its source needs is away", new MailError("away", { code: "unavailable" }), 503],
    ["its source fails", new TypeError("cannot read properties of undefined"), 500],
  ])("while %s is answered so that it comes again", async (_why, error, status) => {
    const logger = quietLogger();
    const broken: MailEventSource = { provider: "test", parse: () => Promise.reject(error) };
    const response = await createTracker({ sources: { broken }, logger }).handle(report([]), "broken");
    expect(response.status).toBe(status);
    expect(await response.text()).not.toContain(error.message);
    expect(logger.error).toHaveBeenCalledExactlyOnceWith({ source: "broken", error }, expect.any(String));
  });

  test("after close is told to come again", async () => {
    const tracker = createTracker({ sources });
    await tracker.close();
    const response = await tracker.handle(report([mailEvent()]), "test");
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "30"]);
  });
});

describe("while the store fails", () => {
  test.each(["known", "addEvents"] as const)(
    "at %s, nothing is stored, and the same request is taken later",
    async (call) => {
      let fails = true;
      const store = faultyStore((name) => {
        if (fails && name === call) throw new MailError("disk full", { code: "unavailable" });
      });
      const logger = quietLogger();
      const tracker = createTracker({ store, sources, logger });
      const events = [mailEvent(), mailEvent({ type: "bounced", permanent: true })];
      const response = await tracker.handle(report(events), "test");
      expect([response.status, response.headers.get("retry-after"), await response.text()]).toEqual([
        503,
        "30",
        "unavailable\n",
      ]);
      expect(logger.error).toHaveBeenCalledOnce();
      expect((await tracker.recent()).events).toEqual([]);
      fails = false;
      expect((await tracker.handle(report(events), "test")).status).toBe(200);
      expect((await tracker.recent()).events).toHaveLength(2);
    },
  );

  test("between suppression and storing, the address is suppressed and the event comes again", async () => {
    let fails = true;
    const store = faultyStore((name) => {
      if (fails && name === "addEvents") throw new Error("killed");
    });
    const tracker = createTracker({ store, sources });
    const bounce = mailEvent({ type: "bounced", permanent: true, reason: "invalid" });
    expect((await tracker.handle(report([bounce]), "test")).status).toBe(503);
    expect(await tracker.suppressions.find(["ada@example.com"], { tags: [] })).toHaveLength(1);
    fails = false;
    expect((await tracker.handle(report([bounce]), "test")).status).toBe(200);
    expect(await tracker.suppressions.get("ada@example.com")).toHaveLength(1);
  });
});

describe("an event that comes again", () => {
  test("is stored once, whoever brings it at the same time, and told once", async () => {
    const tracker = createTracker({ sources });
    const heard = vi.fn();
    tracker.on("clicked", heard);
    const events = Array.from({ length: 50 }, () => mailEvent({ type: "clicked" }));
    const responses = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        tracker.handle(report(index % 2 ? events : events.toReversed()), "test"),
      ),
    );
    expect(responses.every(({ status }) => status === 200)).toBe(true);
    expect(await tracker.timeline("mail-1")).toHaveLength(50);
    expect(heard).toHaveBeenCalledTimes(50);
  });

  test("in the same request counts once", async () => {
    const tracker = createTracker({ sources });
    const event = mailEvent();
    await tracker.handle(report([event, event]), "test");
    expect(await tracker.timeline("mail-1")).toHaveLength(1);
  });

  test("does not put back whom somebody took off the list", async () => {
    const tracker = createTracker({ sources });
    const complaint = mailEvent({ type: "complained" });
    await tracker.handle(report([complaint]), "test");
    await tracker.suppressions.remove("ada@example.com");
    await tracker.handle(report([complaint, mailEvent()]), "test");
    expect(await tracker.suppressions.get("ada@example.com")).toEqual([]);
    await tracker.handle(report([mailEvent({ type: "complained" })]), "test");
    expect(await tracker.suppressions.get("ada@example.com")).toHaveLength(1);
  });
});

describe("handlers", () => {
  test("are called after the event was stored, with the mail it belongs to", async () => {
    const store = memoryStore();
    const tracker = createTracker({ store, sources });
    await store.tracking?.recordMails([
      { id: "mail-1", at: 0, transport: "main", recipients: ["ada@example.com"], tags: [], metadata: {} },
    ]);
    const seen: unknown[] = [];
    tracker.on("delivered", async (event) => {
      seen.push(event.transport, (await tracker.timeline("mail-1")).length);
    });
    await tracker.handle(report([mailEvent()]), "test");
    await tracker.close();
    expect(seen).toEqual(["main", 1]);
  });

  test("that fail are logged, and change nothing", async () => {
    const logger = quietLogger();
    const tracker = createTracker({ sources, logger });
    const heard = vi.fn();
    tracker.on("delivered", () => {
      throw new Error("handler");
    });
    tracker.on("delivered", () => Promise.reject(new Error("later")));
    tracker.on("delivered", heard);
    expect((await tracker.handle(report([mailEvent()]), "test")).status).toBe(200);
    await tracker.close();
    expect(heard).toHaveBeenCalledOnce();
    expect(logger.error).toHaveBeenCalledTimes(2);
  });

  test("are taken off by what on() returned", async () => {
    const tracker = createTracker({ sources });
    const heard = vi.fn();
    const off = tracker.on("delivered", heard);
    off();
    await tracker.handle(report([mailEvent()]), "test");
    expect(heard).not.toHaveBeenCalled();
  });

  test("are refused for a type that does not exist", () => {
    expect(() => createTracker().on("bounce" as never, vi.fn())).toThrow(
      expect.objectContaining({ code: "configuration", field: "type" }),
    );
  });
});

describe("events that come another way", () => {
  test("are taken by the same rules", async () => {
    const tracker = createTracker();
    const event = mailEvent({ type: "bounced", permanent: true });
    expect(await tracker.add([event, mailEvent()])).toHaveLength(2);
    expect(await tracker.add([event])).toEqual([]);
    expect(await tracker.suppressions.get("ada@example.com")).toHaveLength(1);
  });

  test.each([
    ["id", { id: "" }],
    ["type", { type: "bounce" as never }],
    ["at", { at: new Date("never") }],
    ["at", { at: "2026-11-25" as never }],
    ["provider", { provider: undefined as never }],
    ["tags", { tags: "news" as never }],
    ["metadata", { metadata: null as never }],
  ])("are refused all together where %s is wrong in one", async (field, wrong) => {
    const tracker = createTracker();
    await expect(tracker.add([mailEvent(), mailEvent(wrong)])).rejects.toMatchObject({
      code: "configuration",
      field: `events[1].${field}`,
    });
    expect((await tracker.recent()).events).toEqual([]);
  });
});

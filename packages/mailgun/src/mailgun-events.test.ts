import { MailError, type MailEvent, memoryStore } from "@mail/core";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  type FieldList,
  formPost,
  jsonPost,
  legacyForm,
  multipart,
  post,
  signingKey,
} from "./events/signed-post.fixture.ts";
import { mailgunEvents } from "./mailgun-events.ts";

async function read(request: Request): Promise<MailEvent> {
  const [event, ...others] = await mailgunEvents({ signingKey }).parse(request);
  if (event === undefined || others.length > 0) throw new Error("It is not one event.");
  return event;
}

describe("a failure", () => {
  const failed = (fields: object, status: object = {}): Promise<MailEvent> =>
    read(jsonPost({ event: "failed", severity: "permanent", ...fields, "delivery-status": status }));

  test.each([
    [{ reason: "suppress-something-new" }, { code: 600 }, "rejected", "other", true],
    [{ reason: "bounce" }, { code: 550, message: "5.1.1 no such user" }, "bounced", "bounced", true],
    [{ reason: "bounce" }, { code: 550, message: "no such user" }, "bounced", "bounced", true],
    [{ reason: "delayed-bounce" }, {}, "bounced", "bounced", true],
    [{ reason: "bounce" }, { code: 550, "enhanced-code": "5.7.1" }, "bounced", "blocked", false],
    [{ reason: "generic" }, { code: 554, message: "550 5.7.1 spam" }, "bounced", "blocked", false],
    [{ reason: "generic" }, { code: 552, "enhanced-code": "5.3.4" }, "bounced", "other", false],
    [{ reason: "generic" }, { code: 550, "enhanced-code": "5.1.1" }, "bounced", "bounced", true],
    [{ reason: "bounce" }, { code: 553, "enhanced-code": "5.1.7" }, "bounced", "other", false],
    [{ reason: "bounce" }, { code: 550, message: "5.1.8 sender's domain not found" }, "bounced", "other", false],
    [{ reason: "bounce" }, { code: 552, "enhanced-code": "5.2.2" }, "bounced", "bounced", false],
    [{ reason: "bounce" }, { code: 552, message: "5.2.3 too long" }, "bounced", "other", false],
    [{ reason: "bounce" }, { code: 550, "enhanced-code": "5.4.7" }, "bounced", "timed_out", false],
    [{ reason: "bounce" }, { code: 550, "enhanced-code": "5.4.1" }, "bounced", "bounced", true],
    [{ reason: "generic" }, { code: 550 }, "bounced", "other", true],
    [{ reason: "generic" }, { code: 452, "enhanced-code": "4.2.2" }, "bounced", "other", false],
    [{ reason: "generic" }, { code: 498, message: "No MX" }, "bounced", "other", false],
    [{ reason: "old" }, { code: 602, message: "Too old" }, "bounced", "timed_out", false],
    [{ reason: "espblock" }, { code: 550 }, "bounced", "blocked", false],
    [{}, {}, "bounced", "other", true],
    [{ reason: "suppress-bounce" }, { code: 605 }, "rejected", "bounced", true],
    [{ reason: "suppress-unsubscribe" }, { code: 606 }, "rejected", "unsubscribed", true],
    [{ reason: "suppress-complaint" }, { code: 607 }, "rejected", "spam", true],
    [{ reason: "of the future" }, { code: 607 }, "rejected", "spam", true],
    [{ severity: "temporary", reason: "generic" }, { code: 452 }, "deferred", "other", undefined],
    [{ severity: "temporary", reason: "greylisted" }, { code: 450 }, "deferred", "other", undefined],
    [{ severity: "temporary", reason: "espblock" }, { code: 421 }, "deferred", "blocked", undefined],
  ])("%j with %j is %s for the reason %s, permanent %s", async (fields, status, type, reason, permanent) => {
    const event = await failed(fields, status);
    expect([event.type, event.reason, event.permanent]).toEqual([type, reason, permanent]);
  });

  test("says what the server answered, and Mailgun's own word for it", async () => {
    const event = await failed({ reason: "suppress-bounce" }, { message: "", description: "Not delivering" });
    expect(event).toMatchObject({ detail: "suppress-bounce" });
    expect(event).not.toHaveProperty("response");
    expect(await failed({}, { message: "5.1.1 no" })).toMatchObject({ response: "5.1.1 no" });
  });
});

describe("an event", () => {
  test("has the ids of the receipt, and what the app gave its mail along", async () => {
    const data = {
      event: "clicked",
      message: { headers: { "message-id": "20260101.1@mg.acme.example" } },
      "user-variables": { mail_id: "m1", plan: "pro", nested: { a: 1 } },
      tags: ["welcome"],
      recipient: "Ada@Example.com",
      ip: "192.0.2.1",
      url: "https://acme.example/é",
      "client-info": { "user-agent": "Safari" },
    };
    expect(await read(jsonPost(data))).toMatchObject({
      type: "clicked",
      mailId: "m1",
      providerId: "20260101.1@mg.acme.example",
      messageId: "<20260101.1@mg.acme.example>",
      metadata: { plan: "pro", nested: '{"a":1}' },
      tags: ["welcome"],
      recipient: "Ada@Example.com",
      ip: "192.0.2.1",
      url: "https://acme.example/é",
      userAgent: "Safari",
      raw: data,
    });
  });

  test.each([
    ["Ada <ada@example.com>", "ada@example.com"],
    ["ada@example.com, bob@example.com", undefined],
    ["undisclosed-recipients:;", undefined],
    [["ada@example.com"], undefined],
    [undefined, undefined],
  ])("that names no recipient has that of a mail to %j", async (to, recipient) => {
    expect((await read(jsonPost({ event: "rejected", message: { headers: { to } } }))).recipient).toBe(recipient);
  });

  test("has an id that holds beyond its day", async () => {
    const data = { event: "opened", id: "Ase7i2zsRYeDXztHGENqRA", timestamp: 1534109600.1 };
    const first = await read(jsonPost(data));
    expect((await read(jsonPost(data))).id).toBe(first.id);
    expect((await read(jsonPost({ ...data, timestamp: 1534109600.1 + 86_400 }))).id).not.toBe(first.id);
  });

  test("without an id has one that hangs on what happened, not on how it was signed", async () => {
    const data = { event: "opened", recipient: "ada@example.com", timestamp: 1534109600 };
    const first = await read(jsonPost(data));
    expect((await read(jsonPost(data))).id).toBe(first.id);
    expect((await read(jsonPost({ ...data, event: "complained" }))).id).not.toBe(first.id);
  });

  test.each([undefined, null, 0, -5, 1e300, "soon", {}])("at %j happened when it was signed", async (timestamp) => {
    const at = new Date(Math.floor(Date.now() / 1000) * 1000 - 60_000);
    expect((await read(jsonPost({ event: "opened", timestamp }, { at }))).at).toEqual(at);
  });

  test.each([1534109600.089676, "1534109600.089676"])("at %j happened then", async (timestamp) => {
    expect((await read(jsonPost({ timestamp }))).at.toISOString()).toBe("2018-08-12T21:33:20.089Z");
  });

  test.each(["stored", "constructor", undefined, {}])("%j is unknown", async (event) => {
    expect((await read(jsonPost({ event }))).type).toBe("unknown");
  });
});

describe("a legacy form", () => {
  test.each([
    [
      [
        ["event", "dropped"],
        ["reason", "hardfail"],
        ["code", "605"],
      ],
      "rejected",
      "bounced",
      true,
    ],
    [
      [
        ["event", "dropped"],
        ["reason", "hardfail"],
        ["code", "606"],
      ],
      "rejected",
      "unsubscribed",
      true,
    ],
    [
      [
        ["event", "dropped"],
        ["reason", "hardfail"],
        ["code", "607"],
      ],
      "rejected",
      "spam",
      true,
    ],
    [
      [
        ["event", "dropped"],
        ["reason", "old"],
        ["code", "499"],
      ],
      "rejected",
      "timed_out",
      false,
    ],
    [
      [
        ["event", "dropped"],
        ["reason", "hardfail"],
        ["code", "550"],
      ],
      "rejected",
      "other",
      true,
    ],
    [
      [
        ["event", "bounced"],
        ["code", "550"],
        ["error", "5.1.1 unknown"],
      ],
      "bounced",
      "bounced",
      true,
    ],
    [
      [
        ["event", "bounced"],
        ["code", "5.7.1"],
        ["error", "smtp;550 5.7.1 spam"],
      ],
      "bounced",
      "blocked",
      false,
    ],
    [[["event", "complained"]], "complained", "spam", undefined],
    [[["event", "stored"]], "unknown", undefined, undefined],
  ] satisfies [FieldList, ...unknown[]][])("%j is %s for the reason %s, permanent %s", async (fields, ...outcome) => {
    const { type, reason, permanent } = await read(formPost(fields));
    expect([type, reason, permanent]).toEqual(outcome);
  });

  test("of a reader has the mail's variables among its own fields", async () => {
    const fields: FieldList = [
      ["event", "clicked"],
      ["url", "https://acme.example/"],
      ["ip", "192.0.2.1"],
      ["user-agent", "Safari"],
      ["message-id", "20260101.1@mg.acme.example"],
      ["code", "WELCOME10"],
      ["url", "https://acme.example/of-the-app"],
      ["mail_id", "m1"],
      ["token", "of the app"],
    ];
    expect(await read(formPost(fields))).toMatchObject({
      mailId: "m1",
      providerId: "20260101.1@mg.acme.example",
      url: "https://acme.example/",
      ip: "192.0.2.1",
      userAgent: "Safari",
      metadata: { code: "WELCOME10", url: "https://acme.example/of-the-app", token: "of the app" },
    });
  });

  test("of a delivery has them in the mail's headers", async () => {
    const headers = [
      ["Message-Id", "<20260101.1@mg.acme.example>"],
      ["X-Mailgun-Variables", '{"mail_id": "m1", "plan": "pro"}'],
      ["x-mailgun-variables", '{"ip": "of the app"}'],
      ["Content-Type", ["text/plain", {}]],
    ];
    const fields: FieldList = [
      ["event", "delivered"],
      ["message-headers", JSON.stringify(headers)],
      ["plan", "pro"],
    ];
    expect(await read(formPost(fields))).toMatchObject({
      mailId: "m1",
      providerId: "20260101.1@mg.acme.example",
      messageId: "<20260101.1@mg.acme.example>",
      metadata: { plan: "pro", ip: "of the app" },
    });
  });

  test.each(["", "no JSON", "5", "[5, [], [{}], [null, 1]]", `${"[".repeat(100)}`, '[["X-Mailgun-Variables", 5]]'])(
    "is read though its headers are %j",
    async (headers) => {
      const fields: FieldList = [
        ["event", "delivered"],
        ["message-headers", headers],
        ["mail_id", "m1"],
      ];
      expect(await read(formPost(fields))).toMatchObject({ type: "delivered" });
    },
  );

  test("keeps neither token nor signature", async () => {
    const { raw } = await read(
      formPost([
        ["event", "opened"],
        ["tag", "a"],
        ["tag", "b"],
      ]),
    );
    expect(raw).toEqual({ event: "opened", tag: ["a", "b"], timestamp: expect.any(String) });
  });

  test.each(["xYzZY", "----WebKitFormBoundary7MA4", "a b"])(
    "may come in parts between %j, with files",
    async (boundary) => {
      const body = multipart(
        legacyForm([
          ["event", "bounced"],
          ["recipient", "jürgen@example.com"],
        ]),
        boundary,
        ["the mail"],
      );
      const request = post(body, `multipart/form-data; charset=utf-8; boundary="${boundary}"`);
      expect(await read(request)).toMatchObject({ type: "bounced", recipient: "jürgen@example.com" });
    },
  );
});

describe("a token", () => {
  const opened = { event: "opened", id: "one" };
  const signature = { token: "1234567890abcdef1234567890abcdef", at: new Date() };
  const ofEve = { event: "complained", id: "two", recipient: "eve@example.com" };

  test("is good for the same body again, also at once and in another process", async () => {
    const store = memoryStore();
    const [source, other] = [mailgunEvents({ signingKey, store }), mailgunEvents({ signingKey, store })];
    const all = [source, other, source, other].map((one) => one.parse(jsonPost(opened, signature)));
    const ids = (await Promise.all(all)).flat().map(({ id }) => id);
    expect(new Set(ids).size).toBe(1);
    expect(await source.parse(jsonPost(opened, signature))).toHaveLength(1);
  });

  test("is stale with another body, in another form and in another process too", async () => {
    const store = memoryStore();
    const [source, other] = [mailgunEvents({ signingKey, store }), mailgunEvents({ signingKey, store })];
    await source.parse(jsonPost(opened, signature));
    for (const request of [
      jsonPost(ofEve, signature),
      jsonPost({ id: "one", event: "opened" }, signature),
      formPost([["event", "complained"]], signature),
    ])
      await expect(other.parse(request)).rejects.toMatchObject({ code: "stale", field: "token" });
    expect(await other.parse(jsonPost(opened, signature))).toHaveLength(1);
  });

  test("goes to one of two bodies that come at once", async () => {
    const source = mailgunEvents({ signingKey });
    const both = [jsonPost(opened, signature), jsonPost(ofEve, signature)].map((one) => source.parse(one));
    const settled = await Promise.allSettled(both);
    expect(settled.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
  });

  test("is good for the same parts between other boundaries", async () => {
    const source = mailgunEvents({ signingKey });
    const form = legacyForm([["event", "opened"]]);
    for (const boundary of ["one", "two"]) {
      const request = post(multipart(form, boundary), `multipart/form-data; boundary=${boundary}`);
      expect(await source.parse(request)).toHaveLength(1);
    }
    const other = multipart([["recipient", "eve@example.com"], ...form], "x");
    const parsed = source.parse(post(other, "multipart/form-data; boundary=x"));
    await expect(parsed).rejects.toMatchObject({ code: "stale" });
  });

  test("is not used up by a post that is malformed or forged", async () => {
    const source = mailgunEvents({ signingKey });
    await expect(source.parse(jsonPost("no event", signature))).rejects.toMatchObject({ code: "malformed" });
    const forged = jsonPost(ofEve, { ...signature, key: "another" });
    await expect(source.parse(forged)).rejects.toMatchObject({ code: "invalid_signature" });
    expect(await source.parse(jsonPost(opened, signature))).toHaveLength(1);
  });

  test("that cannot be remembered makes no MailEventError, so that Mailgun comes again", async () => {
    const { claims } = memoryStore();
    const away = new MailError("The store is away.", { code: "unavailable" });
    const store = { claims: { ...claims, claim: () => Promise.reject(away) } };
    await expect(mailgunEvents({ signingKey, store }).parse(jsonPost(opened))).rejects.toBe(away);
  });

  test("that was half remembered passes when Mailgun comes again", async () => {
    const { claims } = memoryStore();
    const away = new MailError("The store is away.", { code: "unavailable" });
    let settles = 0;
    const store = {
      claims: {
        claim: claims.claim.bind(claims),
        renew: claims.renew.bind(claims),
        release: claims.release.bind(claims),
        settle: (...args: Parameters<typeof claims.settle>) => {
          settles += 1;
          return settles === 1 ? Promise.reject(away) : claims.settle(...args);
        },
      },
    };
    const source = mailgunEvents({ signingKey, store });
    await expect(source.parse(jsonPost(opened, signature))).rejects.toBe(away);
    await expect(source.parse(jsonPost(ofEve, signature))).rejects.toMatchObject({ code: "stale" });
    expect(await source.parse(jsonPost(opened, signature))).toHaveLength(1);
  });
});

describe("a post", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2026, 10, 25) }));
  afterEach(() => void vi.useRealTimers());

  test.each([
    [12 * 3_600_000, {}],
    [-300_000, {}],
    [60_000, { maxAgeMs: 60_000 }],
  ])("signed %d ms ago passes with %j", async (ms, options) => {
    const source = mailgunEvents({ signingKey, ...options });
    expect(await source.parse(jsonPost({}, { at: new Date(Date.now() - ms) }))).toHaveLength(1);
  });

  test.each([
    [12 * 3_600_000 + 1000, {}],
    [-301_000, {}],
    [61_000, { maxAgeMs: 60_000 }],
  ])("signed %d ms ago is stale with %j", async (ms, options) => {
    const source = mailgunEvents({ signingKey, ...options });
    const parsed = source.parse(jsonPost({}, { at: new Date(Date.now() - ms) }));
    await expect(parsed).rejects.toMatchObject({ code: "stale", field: "timestamp" });
  });
});

describe("keys", () => {
  test("change while both are known", async () => {
    const source = mailgunEvents({ signingKey: ["another", signingKey] });
    expect(await source.parse(jsonPost({}))).toHaveLength(1);
    expect(await source.parse(jsonPost({}, { key: "another" }))).toHaveLength(1);
  });

  test.each([undefined, "", " secret-key", "secret\nkey", 5, null, []])("%j are refused", (key) => {
    const options: { signingKey: string } = { signingKey: key as string };
    expect(() => mailgunEvents(options)).toThrow(
      expect.objectContaining({
        code: "configuration",
        field: "signingKey",
        message: expect.not.stringContaining("secret"),
      }),
    );
  });

  test("in a list are named by their place", () => {
    expect(() => mailgunEvents({ signingKey: [signingKey, ""] })).toThrow("signingKey[1]");
  });

  test("stand beside no unknown option, and no store without claims", () => {
    expect(() => mailgunEvents({ signingKey, ...{ tolerance: 5 } })).toThrow("tolerance");
    const store = {} as ReturnType<typeof memoryStore>;
    expect(() => mailgunEvents({ signingKey, store })).toThrow(expect.objectContaining({ field: "store" }));
  });
});

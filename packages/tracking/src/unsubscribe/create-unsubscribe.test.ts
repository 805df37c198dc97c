import { silentLogger } from "@mail/core";
import { describe, expect, test } from "vitest";
import { createUnsubscribe } from "./create-unsubscribe.ts";
import type { UnsubscribeOptions } from "./unsubscribe.ts";
import { base, secret, unsubscribing } from "./unsubscribing.fixture.ts";

const form = "application/x-www-form-urlencoded";
const oneClick = "List-Unsubscribe=One-Click";
const ada = "ada@example.com";

const post = (url: string, body: BodyInit | null = oneClick, type: string | null = form) =>
  new Request(url, { method: "POST", body, ...(type !== null && { headers: { "content-type": type } }) });
const multipart = (pairs: Record<string, string>) => {
  const body = new FormData();
  for (const [name, value] of Object.entries(pairs)) body.append(name, value);
  return body;
};

describe("createUnsubscribe", () => {
  test.each<[object, string]>([
    [{ url: "http://app.example/unsubscribe" }, "unsubscribe.url"],
    [{ url: "/unsubscribe" }, "unsubscribe.url"],
    [{ url: `${base}?t=1` }, "unsubscribe.url"],
    [{ url: `${base}?scope=a` }, "unsubscribe.url"],
    [{ url: `${base}#x` }, "unsubscribe.url"],
    [{ url: "https://me:pass@app.example/" }, "unsubscribe.url"],
    [{ url: `${base}?${"x".repeat(300)}` }, "unsubscribe.url"],
    [{ url: undefined }, "unsubscribe.url"],
    [{ secret: undefined }, "unsubscribe.secret"],
    [{ secret: "short and weak" }, "unsubscribe.secret"],
    [{ secret: [] }, "unsubscribe.secret"],
    [{ secret: [secret, "old"] }, "unsubscribe.secret[1]"],
    [{ text: {} }, "unsubscribe.text"],
    [{ texts: { heading: "x" } }, "unsubscribe.texts.heading"],
    [{ texts: { title: 5 } }, "unsubscribe.texts.title"],
  ])("refuses %j, and tells no secret", (options, field) => {
    const refused = (): unknown => unsubscribing(options as Partial<UnsubscribeOptions>);
    expect(refused).toThrow(expect.objectContaining({ code: "configuration", field }));
    expect(refused).toThrow(expect.objectContaining({ message: expect.not.stringMatching(/short and weak|pass@/) }));
  });

  test("an environment variable may stand for the secret, and is missed where it is not set", () => {
    const unset: string | undefined = undefined;
    const options: UnsubscribeOptions = { url: base, secret: unset };
    expect(() => unsubscribing(options)).toThrow(
      expect.objectContaining({
        field: "unsubscribe.secret",
        hint: "Set unsubscribe.secret; an environment variable may be empty.",
      }),
    );
  });

  test("without options says so where a link is asked for, and answers 404", async () => {
    const { handler } = createUnsubscribe(undefined, unsubscribing());
    expect(() => handler.url()).toThrow(expect.objectContaining({ code: "configuration", field: "unsubscribe" }));
    expect(() => handler.linkFor(ada)).toThrow(expect.objectContaining({ field: "unsubscribe" }));
    expect((await handler(new Request(base))).status).toBe(404);
  });

  test("makes links for one recipient, and refuses what is none", () => {
    const { handler } = unsubscribing();
    expect(handler.linkFor("Ada <ADA@Example.com>")).toBe(handler.linkFor(ada));
    expect(() => handler.linkFor("nobody")).toThrow(expect.objectContaining({ code: "invalid_recipient" }));
    expect(() => handler.linkFor(ada, { scope: "x".repeat(200) })).toThrow(expect.objectContaining({ field: "scope" }));
    expect(() => handler.linkFor(ada, { mailId: "x" })).toThrow(expect.objectContaining({ field: "mailId" }));
    expect(() => handler.url({ scope: "a\nb" })).toThrow(expect.objectContaining({ field: "scope" }));
  });
});

describe("a POST", () => {
  const mailId = "019ab5d0-1c2b-7def-8123-456789abcdef";

  test.each<[string, BodyInit | null, string | null]>([
    ["as a form", oneClick, form],
    ["as a form with more", `${oneClick}&source=mail`, `${form}; charset=utf-8`],
    ["as multipart", multipart({ "List-Unsubscribe": "One-Click" }), null],
    ["as plain text", oneClick, null],
    ["without a body", null, null],
  ])("%s unsubscribes, with neither redirect nor cookie", async (_name, body, type) => {
    const { handler, suppressions, events } = unsubscribing();
    const response = await handler(post(handler.linkFor(ada, { scope: "news", mailId }), body, type));
    expect(response.status).toBe(200);
    expect(response.headers.get("set-cookie")).toBeNull();
    expect(response.headers.get("location")).toBeNull();
    expect(await suppressions.get(ada)).toMatchObject([{ reason: "unsubscribed", scope: "news", mailId }]);
    expect(events).toMatchObject([
      { type: "unsubscribed", provider: "tracker", recipient: ada, mailId, detail: "news", at: expect.any(Date) },
    ]);
    expect(await suppressions.find([ada], { tags: ["news"] })).toHaveLength(1);
    expect(await suppressions.find([ada], { tags: ["invoice"] })).toEqual([]);
  });

  test.each<[string, BodyInit, string | null, number]>([
    ["another pair", "action=delete", form, 400],
    ["another value", "List-Unsubscribe=One-Clock", form, 400],
    ["JSON", JSON.stringify({ "List-Unsubscribe": "One-Click" }), "application/json", 400],
    ["broken multipart", "--x\r\nnonsense", "multipart/form-data; boundary=x", 400],
    ["multipart without a boundary", oneClick, "multipart/form-data", 400],
    ["a file", multipart({ other: "x" }), null, 400],
    ["far too much", `${oneClick}&x=${"x".repeat(20_000)}`, form, 413],
  ])("with %s does nothing", async (_name, body, type, status) => {
    const { handler, suppressions, events } = unsubscribing();
    expect((await handler(post(handler.linkFor(ada), body, type))).status).toBe(status);
    expect(await suppressions.get(ada)).toEqual([]);
    expect(events).toEqual([]);
  });

  test("whose body somebody read before does nothing, and is logged", async () => {
    const { handler, suppressions, logged } = unsubscribing();
    const request = post(handler.linkFor(ada));
    await request.text();
    expect((await handler(request)).status).toBe(400);
    expect(await suppressions.get(ada)).toEqual([]);
    expect(logged).toEqual([expect.stringContaining("read before")]);
  });

  test("that comes again and again, or many times at once, is one unsubscribe", async () => {
    const { handler, suppressions, events } = unsubscribing();
    const url = handler.linkFor(ada);
    const responses = await Promise.all(Array.from({ length: 20 }, () => handler(post(url))));
    expect(responses.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(await suppressions.get(ada)).toHaveLength(1);
    expect(new Set(events.map(({ id }) => id)).size).toBe(1);
  });

  test("that asks to subscribe again lifts the unsubscribe of this scope alone, and is another unsubscribe later", async () => {
    const { handler, suppressions, events } = unsubscribing();
    const url = handler.linkFor(ada, { scope: "news" });
    await suppressions.add([
      { address: ada, reason: "complained" },
      { address: ada, reason: "bounced", scope: "news" },
      { address: ada, reason: "unsubscribed" },
    ]);
    await handler(post(url));
    const again = () => handler(post(url, "List-Unsubscribe=Subscribe-Again"));
    expect(await (await again()).text()).toContain("subscribed again");
    await again();
    expect((await suppressions.get(ada)).map(({ reason, scope }) => `${reason} ${scope}`).sort()).toEqual([
      "bounced news",
      "complained ",
      "unsubscribed ",
    ]);
    expect(events.map(({ type }) => type)).toEqual(["unsubscribed", "subscribed"]);
  });

  test("is 503 where the list is away, and stands where only the event cannot be kept", async () => {
    const { handler, store, logged } = unsubscribing();
    store.suppressions.add = () => Promise.reject(new Error("away"));
    const response = await handler(post(handler.linkFor(ada)));
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("60");
    expect(logged).toEqual([expect.stringContaining("away")]);

    const { suppressions } = unsubscribing();
    const told: string[] = [];
    const record = () => Promise.reject(new Error("full"));
    const log = { ...silentLogger, error: (_fields: object, text: string) => void told.push(text) };
    const other = createUnsubscribe({ url: base, secret }, { suppressions, record, log });
    expect((await other.handler(post(other.handler.linkFor(ada)))).status).toBe(200);
    expect(await suppressions.get(ada)).toHaveLength(1);
    expect(told).toEqual([expect.stringContaining("full")]);
  });
});

describe("a link", () => {
  test("is never followed to an unsubscribe by reading it, however often and by whatever method but POST", async () => {
    const { handler, suppressions, events } = unsubscribing();
    const url = handler.linkFor(ada);
    for (const method of ["GET", "HEAD", "GET", "OPTIONS", "PUT", "DELETE", "PATCH"]) {
      const response = await handler(new Request(url, { method, ...(method === "PUT" && { body: oneClick }) }));
      expect([method, response.status]).toEqual([method, method === "GET" || method === "HEAD" ? 200 : 405]);
      if (response.status === 405) expect(response.headers.get("allow")).toBe("GET, HEAD, POST");
      if (method === "HEAD") expect(await response.text()).toBe("");
    }
    expect(await suppressions.counts()).toMatchObject({ unsubscribed: 0 });
    expect(events).toEqual([]);
  });

  test("that is none of ours does nothing, whatever is asked", async () => {
    const { handler, suppressions } = unsubscribing();
    const good = handler.linkFor(ada, { scope: "news" });
    const foreign = unsubscribing({ secret: "another secret that nobody can guess" }).handler.linkFor(ada);
    const bad = [
      base,
      `${base}?t=`,
      `${base}?t=${ada}`,
      good.slice(0, -1),
      `${good}A`,
      good.replace(/t=../, "t=AA"),
      foreign,
      `${base}?t=${"A".repeat(100_000)}`,
      `${base}?t=%00%ff`,
    ];
    for (const url of bad) {
      const answers = [await handler(new Request(url)), await handler(post(url))];
      for (const response of answers) {
        expect(response.status).toBe(400);
        expect(await response.text()).toContain("This link does not work");
      }
    }
    expect(await suppressions.counts()).toMatchObject({ unsubscribed: 0 });
  });

  test("keeps its scope and address, whatever else stands in the address", async () => {
    const { handler, suppressions } = unsubscribing();
    await handler(post(`${handler.linkFor(ada, { scope: "news" })}&scope=&address=bob@example.com&t=x`));
    expect(await suppressions.get(ada)).toMatchObject([{ scope: "news" }]);
    expect(await suppressions.counts()).toMatchObject({ unsubscribed: 1 });
  });

  test("of an old secret works after rotation", async () => {
    const old = unsubscribing().handler.linkFor(ada);
    const { handler, suppressions } = unsubscribing({ secret: ["a new secret that nobody can guess", secret] });
    expect((await handler(post(old))).status).toBe(200);
    expect(await suppressions.get(ada)).toHaveLength(1);
  });
});

describe("the page", () => {
  const hostile = `"><script>alert(1)</script><img src=x onerror=alert(1)>'{address}`;

  test("is self-contained, without scripts, and kept from caches, frames, referrers and search engines", async () => {
    const { handler } = unsubscribing();
    const response = await handler(new Request(handler.linkFor(ada)));
    const html = await response.text();
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": expect.stringMatching(
        /^default-src 'none'; style-src 'sha256-[\w+/=]+'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
      ),
      "referrer-policy": "no-referrer",
      "x-robots-tag": "noindex, nofollow",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    });
    expect(html).not.toMatch(/<script|https?:|src=|<link|@import|\son\w+=/i);
    expect(html).toContain(ada);
  });

  test("shows addresses, scopes and texts as text", async () => {
    const { handler } = unsubscribing({
      texts: { product: hostile, title: hostile, askList: `${hostile} {list}`, language: '"><script>' },
    });
    const html = await (
      await handler(new Request(handler.linkFor(`"<b> '&"@example.com`.replaceAll(/[<>]/g, "!"), { scope: hostile })))
    ).text();
    expect(html).not.toMatch(/<script|<img/i);
    expect(html.match(/<form/g)).toHaveLength(1);
    expect(html).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
    expect(html).toContain("&quot;!b! &#39;&amp;&quot;@example.com");
  });

  test("speaks the app's words, with the product's name and language", async () => {
    const { handler } = unsubscribing({
      texts: { language: "de", product: "Acme", title: "{product} abbestellen", askAll: "{address} abmelden?" },
    });
    const html = await (await handler(new Request(handler.linkFor(ada)))).text();
    expect(html).toContain('<html lang="de">');
    expect(html).toContain("<title>Acme abbestellen</title>");
    expect(html).toContain("ada@example.com abmelden?");
  });
});

import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sqliteStore } from "@mail/store/sqlite";
import { createTracker } from "@mail/tracking";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { postWhole } from "./post-whole.ts";
import { mailgunKey, mailgunReport, sendgridBatch, sendgridHeaders, sendgridKey } from "./signed-reports.ts";
import { type Example, frameworks, startExample } from "./start-example.ts";

vi.setConfig({ testTimeout: 90_000 });

const secret = "0123456789abcdef0123456789abcdef";
const json = { "content-type": "application/json" };
const login = { authorization: `Basic ${Buffer.from("admin:pass").toString("base64")}` };

describe.each(frameworks)("the tracker mounted in %s", (framework) => {
  let folder: string;
  let example: Example;
  /** Looks into the example's database. */
  let tracker: ReturnType<typeof createTracker>;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "mounting-"));
    const file = join(folder, "mail.db");
    example = await startExample(framework, {
      MAIL_DB: file,
      SENDGRID_WEBHOOK_KEY: sendgridKey,
      MAILGUN_SIGNING_KEY: mailgunKey,
      UNSUBSCRIBE_SECRET: secret,
      DASHBOARD_PASSWORD: "pass",
    });
    const unsubscribe = { url: "https://app.example/unsubscribe", secret };
    tracker = createTracker({ store: sqliteStore({ file }), unsubscribe });
  }, 300_000);

  afterAll(async () => {
    await example?.[Symbol.asyncDispose]();
    await tracker?.close();
    rmSync(folder, { recursive: true });
  });

  const post = (path: string, body: string, headers: Record<string, string>) =>
    fetch(`${example.url}${path}`, { method: "POST", body, headers });
  const recipients = async () => (await tracker.recent()).events.map(({ recipient }) => recipient);
  /** On this app, where recipients' links lead to another name. */
  const linkFor = (address: string) =>
    example.url + tracker.unsubscribe.linkFor(address).replace(/^https:\/\/[^/]+/, "");

  test("takes a batch of SendGrid, signed over its bytes, and stores it", async () => {
    const batch = sendgridBatch("a", "ada@example.com");
    expect((await post("/webhooks/sendgrid", batch, sendgridHeaders(batch))).status).toBe(200);
    expect((await recipients()).filter((recipient) => recipient === "ada@example.com")).toHaveLength(2);
  });

  test("takes as large a batch as SendGrid posts", async () => {
    const batch = sendgridBatch("large", "large@example.com", 768 * 1024);
    expect((await post("/webhooks/sendgrid", batch, sendgridHeaders(batch))).status).toBe(200);
  });

  test("refuses a forged batch of SendGrid, and stores nothing", async () => {
    const batch = sendgridBatch("b", "bob@example.com");
    const forged = await post("/webhooks/sendgrid", batch, sendgridHeaders(batch.trimEnd()));
    expect(forged.status).toBe(401);
    expect(await recipients()).not.toContain("bob@example.com");
  });

  test("takes a report of Mailgun, and tells Mailgun to give up on a forged one", async () => {
    expect((await post("/webhooks/mailgun", mailgunReport("c", "cy@example.com"), json)).status).toBe(200);
    expect((await post("/webhooks/mailgun", mailgunReport("d", "dee@example.com", "key-x"), json)).status).toBe(406);
    expect(await recipients()).toEqual(expect.arrayContaining(["cy@example.com"]));
    expect(await recipients()).not.toContain("dee@example.com");
  });

  test("says that a source is unknown", async () => {
    expect((await post("/webhooks/nobody", "[]", json)).status).toBe(404);
  });

  test("cuts off a body of 20 MB, whereupon the connection goes on or is closed", async () => {
    const body = Buffer.alloc(20_000_000, " ");
    const [status, ...others] = await postWhole(
      `${example.url}/webhooks/sendgrid`,
      sendgridHeaders(body),
      body,
      "/unsubscribe",
    );
    expect(status).toBe(413);
    expect([[], [400]]).toContainEqual(others);
    expect((await fetch(linkFor("ada@example.com"))).status).toBe(200);
  });

  test("outlives a client that goes away in the middle of a body", async () => {
    const { port, host } = new URL(example.url);
    const socket = connect(Number(port), "127.0.0.1");
    const headers = Object.entries(sendgridHeaders("[]")).map((header) => header.join(": "));
    socket.write(
      `POST /webhooks/sendgrid HTTP/1.1\r\nhost: ${host}\r\n${headers.join("\r\n")}\r\ncontent-length: 9\r\n\r\n[`,
    );
    socket.end();
    socket.resume();
    await once(socket, "close");
    expect((await fetch(linkFor("ada@example.com"))).status).toBe(200);
    expect(example.child.exitCode).toBeNull();
  });

  test("asks before it unsubscribes a person, and unsubscribes by one click", async () => {
    const link = linkFor("eve@example.com");
    const page = await fetch(link);
    expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    expect(await page.text()).toContain("eve@example.com");
    expect(await tracker.suppressions.get("eve@example.com")).toEqual([]);
    const clicked = await fetch(link, {
      method: "POST",
      body: new URLSearchParams({ "List-Unsubscribe": "One-Click" }),
    });
    expect(clicked.status).toBe(200);
    expect(await tracker.suppressions.get("eve@example.com")).toMatchObject([{ reason: "unsubscribed" }]);
  });

  test("shows its pages, with their style, to whom the app lets in", async () => {
    const url = `${example.url}/admin/mail`;
    expect((await fetch(url)).status).toBe(401);
    const page = await fetch(url, { headers: login });
    const html = await page.text();
    expect([page.status, html]).toEqual([200, expect.stringContaining("<!doctype html>")]);
    const [, style = ""] = /<link rel="stylesheet" href="([^"]+)">/.exec(html) ?? [];
    const css = await fetch(new URL(style.replaceAll("&amp;", "&"), url), { headers: login });
    expect([css.status, css.headers.get("content-type")]).toEqual([200, "text/css; charset=utf-8"]);
  });

  test("takes the forms of its pages", async () => {
    const body = new URLSearchParams({ address: "fay@example.com" });
    const headers = { ...login, "sec-fetch-site": "same-origin" };
    const url = `${example.url}/admin/mail?view=suppress`;
    expect((await fetch(url, { method: "POST", body, headers, redirect: "manual" })).status).toBe(303);
    expect(await tracker.suppressions.get("fay@example.com")).toMatchObject([{ reason: "manual" }]);
  });
});

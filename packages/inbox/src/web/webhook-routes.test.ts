import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { createMailer } from "@mail/core";
import { mailgun } from "@mail/mailgun";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openWeb, type WebClient } from "./web.fixture.ts";

let app: Server;
let target: string;

beforeEach(async () => {
  app = createServer((request, response) => void request.resume().on("end", () => response.end()));
  app.listen(0, "127.0.0.1");
  await once(app, "listening");
  const address = app.address();
  target = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/`;
});

afterEach(() => {
  app.closeAllConnections();
  app.close();
});

async function fired(web: WebClient, body: Readonly<Record<string, unknown>>) {
  const to = ["ada@example.com", "bob@example.com", "eve@example.com"];
  await using mailer = createMailer({ transport: mailgun.fromUrl(web.inbox.urls.mailgun) });
  await mailer.send({ from: "app@acme.example", to, subject: "Hi", text: "Hello" });
  const [mail] = web.inbox.messages();
  const answer = await web.call("POST", `/api/v1/mails/${mail?.id}/events`, { url: target, ...body });
  const { deliveries } = await (await web.get("/api/v1/webhooks/log")).json();
  const events = deliveries.map(({ body: text }: { body: string }) => JSON.parse(text)["event-data"]).reverse();
  return { status: answer.status, answer: await answer.json(), events };
}

test("an event is about the recipients that are named, one or several", async () => {
  await using web = await openWeb();
  const { events } = await fired(web, { action: "deliver", recipient: ["ada@example.com", "eve@example.com"] });
  expect(events).toMatchObject([{ recipient: "ada@example.com" }, { recipient: "eve@example.com" }]);
  await using other = await openWeb();
  expect((await fired(other, { action: "deliver", recipient: "bob@example.com" })).events).toHaveLength(1);
});

test("an event can be another one of the provider, and a click can report another link", async () => {
  await using web = await openWeb();
  const { events } = await fired(web, { action: "hard_bounce", detail: "suppress-bounce" });
  expect(events[0]).toMatchObject({ event: "failed", reason: "suppress-bounce" });
  await using other = await openWeb();
  const link = "https://acme.example/other";
  expect((await fired(other, { action: "click", link })).events[0]).toMatchObject({ event: "clicked", url: link });
});

test.each([
  [{ action: "deliver", recipient: [] }, 400, "recipient"],
  [{ action: "deliver", recipient: [1] }, 400, "recipient"],
  [{ action: "deliver", recipient: { a: 1 } }, 400, "recipient"],
  [{ action: "deliver", detail: 1 }, 400, "detail"],
  [{ action: "click", link: 1 }, 400, "link"],
  [{ action: "deliver", detail: "never" }, 409, undefined],
])("%j is refused", async (body, status, field) => {
  await using web = await openWeb();
  const refused = await fired(web, body);
  expect(refused).toMatchObject({ status, events: [] });
  expect(refused.answer.error.field).toBe(field);
});

test("the events that each provider has for an action are listed, the usual one first", async () => {
  await using web = await openWeb();
  const details = await (await web.get("/api/v1/webhooks/details")).json();
  expect(Object.keys(details).sort()).toEqual(["mailgun", "sendgrid", "ses", "smtp"]);
  expect(details.ses.hard_bounce).toContain("on-account-suppression-list");
  expect(details.smtp.open).toEqual([]);
});

import { expect, test } from "vitest";
import { openWeb } from "./web.fixture.ts";

test("lists mails newest first, in pages, with counts", async () => {
  await using web = await openWeb();
  for (const n of [1, 2, 3]) await web.send({ subject: `Mail ${n}` });
  const first = await (await web.get("/api/v1/mails?limit=2")).json();
  expect(first).toMatchObject({ total: 3, unread: 3, mails: [{ subject: "Mail 3" }, { subject: "Mail 2" }] });
  const second = await (await web.get(`/api/v1/mails?limit=2&before=${first.mails[1].id}`)).json();
  expect(second.mails).toMatchObject([{ subject: "Mail 1" }]);
});

test("searches, and says which parameter is wrong", async () => {
  await using web = await openWeb();
  await web.send({ subject: "Invoice", to: "grace@example.com" });
  await web.send({ subject: "Other" });
  const found = await (await web.get("/api/v1/mails?search=to:grace")).json();
  expect(found.mails).toMatchObject([{ subject: "Invoice" }]);
  const wrong = await web.get("/api/v1/mails?limit=many");
  expect(wrong.status).toBe(400);
  expect(await wrong.json()).toMatchObject({ error: { field: "limit", message: expect.stringContaining("1 to 500") } });
});

test("gives one mail, its parts and its source", async () => {
  await using web = await openWeb();
  const { id } = await web.send({ text: "Plain", html: "<b>Rich</b>" });
  expect(await (await web.get(`/api/v1/mails/${id}`)).json()).toMatchObject({
    id,
    text: "Plain\n",
    html: "<b>Rich</b>\n",
  });
  expect(await (await web.get(`/api/v1/mails/${id}/text`)).text()).toBe("Plain\n");
  const html = await web.get(`/api/v1/mails/${id}/html`);
  expect(html.headers.get("Content-Type")).toContain("text/plain");
  const source = await web.get(`/api/v1/mails/${id}/source?download=1`);
  expect(source.headers.get("Content-Disposition")).toContain('filename="Hi.eml"');
  expect(await source.text()).toContain("Subject: Hi");
  const { headers } = await (await web.get(`/api/v1/mails/${id}/headers`)).json();
  expect(headers).toContainEqual({ name: "Subject", value: "Hi" });
});

test("names what is not there", async () => {
  await using web = await openWeb();
  for (const path of [
    "/api/v1/mails/none",
    "/api/v1/mails/none/source",
    "/api/v1/nothing",
    "/nothing",
    "/preview/none",
  ]) {
    const answer = await web.get(path);
    expect([path, answer.status]).toEqual([path, 404]);
    expect((await answer.json()).error.message).toMatch(/^There is no /);
  }
});

test("marks as read and unread, deletes, clears one inbox", async () => {
  await using web = await openWeb();
  const { id } = await web.send({});
  const other = await web.send({});
  expect((await web.call("PATCH", `/api/v1/mails/${id}`, { unread: false })).status).toBe(204);
  expect(await (await web.get("/api/v1/inboxes")).json()).toEqual({
    inboxes: [{ name: "default", total: 2, unread: 1 }],
  });
  expect((await web.call("PATCH", `/api/v1/mails/${id}`, { unread: "no" })).status).toBe(400);
  expect((await web.call("DELETE", `/api/v1/mails/${id}`)).status).toBe(204);
  expect((await web.call("DELETE", `/api/v1/mails/${id}`)).status).toBe(404);
  expect(web.inbox.messages()).toMatchObject([{ id: other.id }]);
  await web.call("DELETE", "/api/v1/mails?inbox=another");
  expect(web.inbox.messages()).toHaveLength(1);
  await web.call("DELETE", "/api/v1/mails?inbox=default");
  expect(web.inbox.messages()).toEqual([]);
});

test("deletes and marks only what a search finds", async () => {
  await using web = await openWeb();
  await web.send({ subject: "Keep" });
  await web.send({ subject: "Go" });
  expect(await (await web.call("PATCH", "/api/v1/mails?search=subject:go", { unread: false })).json()).toEqual({
    changed: 1,
  });
  await web.call("DELETE", "/api/v1/mails?search=subject:go");
  expect(web.inbox.messages()).toMatchObject([{ subject: "Keep", unread: true }]);
});

test("waits for a mail that is still to come, and says what came instead", async () => {
  await using web = await openWeb();
  const waiting = web.get("/api/v1/wait?search=subject:code&timeoutMs=60000");
  await web.send({ subject: "Your code" });
  expect(await (await waiting).json()).toMatchObject({ subject: "Your code" });
  const late = await web.get("/api/v1/wait?search=subject:none&timeoutMs=0");
  expect(late.status).toBe(408);
  expect((await late.json()).error.message).toContain("within 0 ms");
});

test("waits only for mails after the one that is named", async () => {
  await using web = await openWeb();
  const { id } = await web.send({ subject: "Your code 1" });
  const waiting = web.get(`/api/v1/wait?search=code&timeoutMs=60000&after=${id}`);
  await web.send({ subject: "Your code 2" });
  expect(await (await waiting).json()).toMatchObject({ subject: "Your code 2" });
});

test("tells changes as they happen, without bodies", async () => {
  await using web = await openWeb();
  const events = await web.get("/api/v1/events");
  expect(events.headers.get("Content-Type")).toContain("text/event-stream");
  const reader = events.body?.pipeThrough(new TextDecoderStream()).getReader();
  let heard = "";
  const hear = async (text: string) => {
    while (!heard.includes(text)) heard += (await reader?.read())?.value ?? "";
  };
  await hear("retry:");
  const { id } = await web.send({ subject: "Live", text: "secret body" });
  await hear('event: caught\ndata: {"mail":{"id"');
  await web.call("PATCH", `/api/v1/mails/${id}`, { unread: false });
  await hear(`event: changed\ndata: {"id":"${id}","unread":false}`);
  await web.call("DELETE", `/api/v1/mails/${id}`);
  await hear(`event: deleted\ndata: {"id":"${id}"}`);
  await web.call("DELETE", "/api/v1/mails");
  await hear("event: cleared\ndata: {}");
  expect(heard).not.toContain("secret body");
  await reader?.cancel();
});

test("adds, lists and removes faults, and names a wrong field", async () => {
  await using web = await openWeb();
  const rule = { via: "smtp", stage: "rcpt", to: "*@full.example", action: { type: "reply", code: 452 } };
  const added = await web.call("POST", "/api/v1/faults", rule);
  expect(added.status).toBe(201);
  const { id } = await added.json();
  expect((await (await web.get("/api/v1/faults")).json()).faults).toMatchObject([{ id, asked: 0, struck: 0 }]);
  const wrong = await web.call("POST", "/api/v1/faults", { ...rule, stage: "never" });
  expect(wrong.status).toBe(400);
  expect((await wrong.json()).error.field).toBe("stage");
  expect((await web.call("POST", "/api/v1/faults", { stage: "rcpt" })).status).toBe(400);
  expect((await web.call("DELETE", `/api/v1/faults/${id}`)).status).toBe(204);
  expect((await web.call("DELETE", `/api/v1/faults/${id}`)).status).toBe(404);
  expect((await (await web.get("/api/v1/faults/addresses")).json()).addresses).toContainEqual(
    expect.objectContaining({ name: "bounce" }),
  );
});

test("fires webhooks only with a target, and refuses unknown actions and targets", async () => {
  await using web = await openWeb();
  const { id } = await web.send({});
  const untargeted = await web.call("POST", `/api/v1/mails/${id}/events`, { action: "hard_bounce" });
  expect(untargeted.status).toBe(409);
  expect((await untargeted.json()).error.message).not.toBe("");
  expect((await web.call("POST", `/api/v1/mails/${id}/events`, { action: "explode" })).status).toBe(400);
  expect((await web.call("PUT", "/api/v1/webhooks/targets", { sendgrind: "http://127.0.0.1/" })).status).toBe(400);
  expect((await web.call("POST", "/api/v1/webhooks/log/none/replay")).status).toBe(404);
  const set = await web.call("PUT", "/api/v1/webhooks/targets", { sendgrid: "http://127.0.0.1:9/x" });
  expect(await set.json()).toEqual({ sendgrid: "http://127.0.0.1:9/x" });
  expect(await (await web.get("/api/v1/webhooks/keys")).json()).toHaveProperty("mailgunSigningKey");
});

test("delivers a webhook, logs it and replays it", async () => {
  await using web = await openWeb();
  await using target = await openWeb();
  const { id } = await web.send({});
  const fired = await web.call("POST", `/api/v1/mails/${id}/events`, {
    action: "hard_bounce",
    url: target.inbox.urls.smtp,
  });
  expect(await fired.json()).toMatchObject({ mailId: id, action: "hard_bounce", state: "delivered" });
  const { deliveries } = await (await web.get(`/api/v1/webhooks/log?mail=${id}`)).json();
  expect(deliveries).toHaveLength(1);
  expect((await web.call("POST", `/api/v1/webhooks/log/${deliveries[0].id}/replay`)).status).toBe(200);
  expect(target.inbox.messages()).toHaveLength(2);
});

test("checks a mail", async () => {
  await using web = await openWeb();
  const { id } = await web.send({ text: "Your code is 123456", html: "<a href='https://acme.example/'>Go</a>" });
  expect(await (await web.get(`/api/v1/mails/${id}/checks`)).json()).toMatchObject({
    codes: ["123456"],
    links: [{ url: "https://acme.example/", label: "Go", in: "html" }],
    findings: expect.arrayContaining([{ check: "text", level: "good", title: "Text and HTML" }]),
  });
});

test("says how it is reached", async () => {
  await using web = await openWeb();
  expect(await (await web.get("/api/v1/info")).json()).toMatchObject({
    urls: web.inbox.urls,
    inboxBy: "login",
    anyLogin: true,
  });
});

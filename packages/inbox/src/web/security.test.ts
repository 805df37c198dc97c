import { request } from "node:http";
import { expect, test } from "vitest";
import { openWeb, type WebClient } from "./web.fixture.ts";

/** `fetch` chooses the Host header itself. */
function statusFor(web: WebClient, host: string, path = "/api/v1/mails"): Promise<number | undefined> {
  const { hostname, port } = new URL(web.inbox.urls.web);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, headers: { Host: host }, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    sent.on("error", reject);
    sent.end();
  });
}

test("answers to loopback names and addresses, whatever the port", async () => {
  await using web = await openWeb();
  for (const host of ["localhost:1", "LOCALHOST", "app.localhost", "127.0.0.1:8025", "[::1]:8025", "192.168.1.5:8025"])
    expect([host, await statusFor(web, host)]).toEqual([host, 200]);
});

test("refuses names that point at this machine without being known", async () => {
  await using web = await openWeb();
  for (const host of ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "evil.example:8025"])
    expect([host, await statusFor(web, host)]).toEqual([host, 403]);
  expect(await statusFor(web, "evil.example", "/")).toBe(403);
  expect(await statusFor(web, "evil.example", "/v3/mail/send")).toBe(403);
});

test("answers to the names that are allowed", async () => {
  await using web = await openWeb({ allowedHosts: ["mail.dev.example"] });
  expect(await statusFor(web, "mail.dev.example:8025")).toBe(200);
  expect(await statusFor(web, "other.dev.example")).toBe(403);
});

test.each([
  ["another site", { Origin: "https://evil.example" }],
  ["another port", { Origin: "http://127.0.0.1:1" }],
  ["a sandboxed frame", { Origin: "null" }],
  ["a browser that hides the origin", { "Sec-Fetch-Site": "cross-site" }],
])("lets no page change anything from %s", async (_, headers) => {
  await using web = await openWeb();
  await web.send({});
  const answer = await web.call("DELETE", "/api/v1/mails", undefined, headers);
  expect(answer.status).toBe(403);
  expect((await answer.json()).error.field).toBe("Origin");
  expect((await web.call("POST", "/v3/mail/send", {}, headers)).status).toBe(403);
  expect(web.inbox.messages()).toHaveLength(1);
});

test("lets its own page change things", async () => {
  await using web = await openWeb();
  const own = { Origin: web.inbox.urls.web, "Sec-Fetch-Site": "same-origin" };
  expect((await web.call("DELETE", "/api/v1/mails", undefined, own)).status).toBe(204);
});

test("allows no other origin to read", async () => {
  await using web = await openWeb();
  const { headers } = await web.get("/api/v1/mails", { Origin: "https://evil.example" });
  expect(headers.get("Access-Control-Allow-Origin")).toBeNull();
  expect(headers.get("Cross-Origin-Resource-Policy")).toBe("same-origin");
});

test("caps bodies", async () => {
  await using web = await openWeb();
  const answer = await web.call("POST", "/api/v1/faults", { padding: "x".repeat(1024 * 1024) });
  expect(answer.status).toBe(413);
});

test("answers 400 to what is no JSON object", async () => {
  await using web = await openWeb();
  for (const body of ["", "{", "[]", "null", '"x"'])
    expect([body, (await web.call("POST", "/api/v1/faults", body)).status]).toEqual([body, 400]);
});

test("every answer forbids sniffing, framing and scripts", async () => {
  await using web = await openWeb();
  const { id } = await web.send({ text: "x" });
  for (const path of ["/api/v1/mails", `/api/v1/mails/${id}/text`, `/api/v1/mails/${id}/source`, "/nothing"]) {
    const { headers } = await web.get(path);
    expect(headers.get("X-Content-Type-Options")).toBe("nosniff");
    expect(headers.get("Referrer-Policy")).toBe("no-referrer");
    expect(headers.get("Content-Security-Policy")).toContain("default-src 'none'");
    expect(headers.get("Content-Security-Policy")).toContain("frame-ancestors 'none'");
  }
});

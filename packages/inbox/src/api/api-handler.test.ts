import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { type Apis, apisOfTest } from "./apis.fixture.ts";

const sigV4 =
  "AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20261123/eu-west-1/ses/aws4_request, SignedHeaders=host;x-amz-date, Signature=0123abcd";

interface Sample {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly status: number;
}

const samples = {
  sendgrid: {
    path: "/v3/mail/send",
    headers: { authorization: "Bearer SG.abcdefgh", "content-type": "application/json" },
    body: JSON.stringify({
      personalizations: [{ to: [{ email: "ada@example.com" }] }],
      from: { email: "shop@acme.example" },
      subject: "Hello",
      content: [{ type: "text/plain", value: "Text" }],
    }),
    status: 202,
  },
  mailgun: {
    path: "/v3/mg.acme.example/messages",
    headers: {
      authorization: `Basic ${Buffer.from("api:key-abcdefgh").toString("base64")}`,
      "content-type": "application/x-www-form-urlencoded",
    },
    body: "from=shop@acme.example&to=ada@example.com&subject=Hello&text=Text",
    status: 200,
  },
  ses: {
    path: "/v2/email/outbound-emails",
    headers: { authorization: sigV4, "content-type": "application/json", "x-amz-security-token": "token-secret" },
    body: JSON.stringify({
      FromEmailAddress: "shop@acme.example",
      Destination: { ToAddresses: ["ada@example.com"] },
      Content: { Simple: { Subject: { Data: "Hello" }, Body: { Text: { Data: "Text" } } } },
    }),
    status: 200,
  },
} satisfies Record<string, Sample>;

type Name = keyof typeof samples;
const names = Object.keys(samples) as Name[];
const each = test.each(names.map((name) => [name] as const));

function post(apis: Apis, name: Name, change: Partial<Sample> = {}): Promise<Response> {
  const { path, headers, body } = { ...samples[name], ...change };
  return fetch(apis.url + path, { method: "POST", headers, body });
}

each("%s: keeps the request beside the mail, without its secrets", async (name) => {
  const apis = await apisOfTest();
  expect((await post(apis, name)).status).toBe(samples[name].status);
  const { request } = apis.mail();
  expect(request).toMatchObject({ method: "POST", path: samples[name].path });
  expect(request?.body).toContain("ada@example.com");
  expect(JSON.stringify(request)).not.toMatch(/abcdefgh|AKIAEXAMPLE|0123abcd|token-secret/);
  const shown = {
    sendgrid: "Bearer SG.a…",
    mailgun: "Basic api:key-…",
    ses: "Credential=AKIA…/20261123/eu-west-1/ses",
  };
  expect(request?.headers["authorization"]).toContain(shown[name]);
});

test("shows a form as lines, and its files by name", async () => {
  const apis = await apisOfTest();
  const form = new FormData();
  for (const [field, value] of new URLSearchParams(samples.mailgun.body)) form.append(field, value);
  form.append("attachment", new File(["12345"], "a.txt", { type: "text/plain" }));
  const { authorization } = samples.mailgun.headers;
  await fetch(apis.url + samples.mailgun.path, { method: "POST", headers: { authorization }, body: form });
  expect(apis.mail().request?.body).toBe(
    "from: shop@acme.example\nto: ada@example.com\nsubject: Hello\ntext: Text\nattachment: [a.txt, text/plain, 5 bytes]",
  );
});

test("keeps a megabyte of a larger request", async () => {
  const apis = await apisOfTest();
  const body = JSON.stringify({
    ...JSON.parse(samples.sendgrid.body),
    attachments: [{ content: "YWFh".repeat(400_000), filename: "a" }],
  });
  expect((await post(apis, "sendgrid", { body })).status).toBe(202);
  expect(apis.mail().request?.body.length).toBeLessThan(1_000_100);
  expect(apis.mail().attachments[0]?.size).toBe(1_200_000);
});

each("%s: keeps keys apart as inboxes", async (name) => {
  const apis = await apisOfTest();
  await post(apis, name);
  expect(apis.mail().inbox).toBe({ sendgrid: "SG.abcdefgh", mailgun: "key-abcdefgh", ses: "AKIAEXAMPLE" }[name]);
});

each("%s: lets in nobody without a key", async (name) => {
  const apis = await apisOfTest();
  const { authorization: _, ...headers } = samples[name].headers;
  const response = await post(apis, name, { headers });
  expect(response.status).toBe({ sendgrid: 401, mailgun: 401, ses: 403 }[name]);
  expect(await response.text()).toMatch(/wrong credentials|Forbidden|Missing Authentication Token/);
  expect(apis.mails()).toEqual([]);
});

each("%s: answers 413 to a body that is too large, though it goes on sending", async (name) => {
  const apis = await apisOfTest({ maxBytes: 1000 });
  const response = await post(apis, name, { body: `${samples[name].body}${" ".repeat(3_000_000)}` });
  expect(response.status).toBe(413);
  expect(await response.text()).toMatch(/Payload Too Large|request size exceeds|Request Entity Too Large/);
  expect(apis.mails()).toEqual([]);
  expect((await post(apis, name)).status).toBe(samples[name].status);
});

const statuses = names.flatMap((name) =>
  [400, 401, 402, 403, 404, 413, 429, 500, 502, 503].map((status) => [name, status] as const),
);

test.each(statuses)("%s: plays %i in the provider's own words", async (name, status) => {
  const apis = await apisOfTest();
  apis.play({ type: "status", status });
  const response = await post(apis, name);
  expect(response.status).toBe(status);
  const text = await response.text();
  if (name === "mailgun" && status === 401) expect(text).toBe("Forbidden");
  else {
    const shape = {
      sendgrid: { errors: [{ message: expect.any(String), field: null, help: null }] },
      mailgun: { message: expect.any(String) },
      ses: { message: expect.any(String) },
    };
    expect(JSON.parse(text)).toEqual(shape[name]);
  }
  if (name === "ses") expect(response.headers.get("x-amzn-errortype")).toMatch(/^[A-Z]\w+Exception$/);
  expect(apis.mails()).toEqual([]);
  expect((await post(apis, name)).status).toBe(samples[name].status);
});

each("%s: says with 429 when to come again, in the provider's way", async (name) => {
  const apis = await apisOfTest();
  apis.play({ type: "status", status: 429, retryAfter: 120 });
  const response = await post(apis, name);
  expect(response.headers.get("retry-after")).toBe("120");
  const reset = Number(response.headers.get("x-ratelimit-reset"));
  if (name === "sendgrid") expect(Math.abs(reset - Date.now() / 1000 - 120)).toBeLessThan(60);
  else expect(reset).toBe(0);
  if (name === "mailgun")
    expect(await response.json()).toEqual({
      message: expect.stringMatching(
        /^Domain mg\.acme\.example is not allowed to send: request limit exceeded, try again after \w{3}, \d\d \w{3} \d{4} [\d:]{8} UTC$/,
      ),
    });
});

each("%s: plays a body and headers of the rule's own", async (name) => {
  const apis = await apisOfTest();
  apis.play({ type: "status", status: 418, body: "teapot", headers: { "content-type": "text/plain", "x-pot": "tea" } });
  const response = await post(apis, name);
  expect([response.status, await response.text(), response.headers.get("x-pot")]).toEqual([418, "teapot", "tea"]);
  expect(response.headers.get("content-type")).toBe("text/plain");
});

each("%s: answers late, and as usual", async (name) => {
  const apis = await apisOfTest();
  apis.play({ type: "delay", ms: 5 });
  expect((await post(apis, name)).status).toBe(samples[name].status);
  expect(apis.mails()).toHaveLength(1);
});

each("%s: strikes by the addresses of the request", async (name) => {
  const apis = await apisOfTest();
  const status = async (to: string, from: string): Promise<number> => {
    const body = samples[name].body.replace("ada@example.com", to).replace("shop@acme.example", from);
    return (await post(apis, name, { body })).status;
  };
  apis.play({ type: "status", status: 503 }, { via: name, to: "bo*@example.com", from: "news@acme.example", first: 9 });
  expect(await status("bob@example.com", "shop@acme.example")).toBe(samples[name].status);
  expect(await status("ada@example.com", "news@acme.example")).toBe(samples[name].status);
  expect(await status("bob@example.com", "news@acme.example")).toBe(503);
  expect(await status("throttle@example.com", "shop@acme.example")).toBe(429);
});

each("%s: loses the answer of a mail that it took", async (name) => {
  const apis = await apisOfTest();
  apis.play({ type: "lose-answer" });
  await expect(post(apis, name)).rejects.toThrow();
  expect(apis.mails()).toHaveLength(1);
});

each("%s: cuts the connection at once", async (name) => {
  const apis = await apisOfTest();
  apis.play({ type: "drop" });
  await expect(post(apis, name)).rejects.toThrow();
  apis.play({ type: "drop" }, { to: "ada@example.com" });
  await expect(post(apis, name)).rejects.toThrow();
  expect(apis.mails()).toEqual([]);
  expect((await post(apis, name)).status).toBe(samples[name].status);
});

each("%s: cuts the connection in the body, before all of it was sent", async (name) => {
  const apis = await apisOfTest();
  apis.play({ type: "drop", afterBytes: 100 });
  const { path, headers } = samples[name];
  const request = httpRequest(apis.url + path, { method: "POST", headers: { ...headers, "content-length": 1000 } });
  const closed = Promise.withResolvers<void>();
  request.on("error", () => undefined).on("close", closed.resolve);
  request.write("x".repeat(60));
  request.write("x".repeat(60));
  await closed.promise;
  expect(request.writableEnded).toBe(false);
  expect(apis.faults.list()[0]).toMatchObject({ asked: 1, struck: 1 });
});

test("asks a rule that cuts connections once for each request", async () => {
  const apis = await apisOfTest();
  apis.faults.add({ stage: "request", every: 2, action: { type: "drop", afterBytes: 1 } });
  expect((await post(apis, "sendgrid")).status).toBe(202);
  await expect(post(apis, "sendgrid")).rejects.toThrow();
  expect((await post(apis, "sendgrid")).status).toBe(202);
});

test("asks a rule that is not due to cut along with the others, by address", async () => {
  const apis = await apisOfTest();
  apis.faults.add({ stage: "request", every: 2, action: { type: "drop" } });
  const body = samples.sendgrid.body.replace("ada@", "throttle@");
  expect((await post(apis, "sendgrid", { body })).status).toBe(429);
  await expect(post(apis, "sendgrid", { body })).rejects.toThrow();
});

test("a rule for an address that stands before one that cuts connections is asked first", async () => {
  const apis = await apisOfTest();
  apis.faults.add({ stage: "request", to: "ada@example.com", first: 1, action: { type: "status", status: 503 } });
  apis.faults.add({ stage: "request", action: { type: "drop" } });
  expect((await post(apis, "sendgrid")).status).toBe(503);
  await expect(post(apis, "sendgrid")).rejects.toThrow();
  expect(apis.faults.list()).toMatchObject([
    { asked: 2, struck: 1 },
    { asked: 1, struck: 1 },
  ]);
});

test("survives a client that goes away in the body", async () => {
  const apis = await apisOfTest();
  const socket = connect(apis.port, "127.0.0.1");
  await once(socket, "connect");
  socket.write(
    "POST /v3/mail/send HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{",
  );
  socket.destroy();
  expect((await post(apis, "sendgrid")).status).toBe(202);
  expect(apis.mails()).toHaveLength(1);
});

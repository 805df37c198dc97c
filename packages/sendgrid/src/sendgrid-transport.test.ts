import { inspect } from "node:util";
import { createMailer, fromUrl } from "@mail/core";
import sendgridMail from "@sendgrid/mail";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { apiKey, errorOf, interceptSendgrid, mailerFor, message } from "./sendgrid-api.fixture.ts";
import { sendgrid } from "./sendgrid-transport.ts";

const api = interceptSendgrid();
const { MailService } = sendgridMail as typeof sendgridMail & { readonly MailService: new () => typeof sendgridMail };

describe("the request", () => {
  it("is one POST to Mail Send with the key and JSON", async () => {
    await mailerFor().send(message);
    const { url, method, headers, json } = api.request();
    expect({ url, method }).toEqual({ url: "https://api.sendgrid.com/v3/mail/send", method: "POST" });
    expect(headers).toMatchObject({ authorization: `Bearer ${apiKey}`, "content-type": "application/json" });
    expect(json).toMatchObject({
      personalizations: [{ to: [{ email: "ada@example.com" }] }],
      from: { email: "hello@acme.example", name: "Acme" },
      subject: "Hi",
      content: [{ type: "text/plain", value: "Hello" }],
    });
  });

  it("goes to the European address for the region eu", async () => {
    await mailerFor({ region: "eu" }).send(message);
    expect(api.request().url).toBe("https://api.eu.sendgrid.com/v3/mail/send");
  });

  it("goes to another baseUrl, below its path", async () => {
    await mailerFor({ baseUrl: "https://proxy.example/mail/" }).send(message);
    expect(api.request().url).toBe("https://proxy.example/mail/v3/mail/send");
  });

  it("keeps two transports with different keys apart, at the same time too", async () => {
    const other = "SG.other-key-9876543210.zyxwvutsrqponmlk";
    await Promise.all([mailerFor().send(message), mailerFor({ apiKey: other }).send({ ...message, subject: "Other" })]);
    const seen = api.requests.map(({ headers, json }) => [json.subject, headers["authorization"]]);
    expect(Object.fromEntries(seen)).toEqual({ Hi: `Bearer ${apiKey}`, Other: `Bearer ${other}` });
  });

  it("says nothing on the console about a key of another form or a template's data", async () => {
    const warn = vi.spyOn(console, "warn");
    onTestFinished(() => warn.mockRestore());
    await mailerFor({ apiKey: "another-form" }).send({
      ...message,
      text: undefined,
      template: { id: "d-1", data: { name: "A & B" } },
    });
    expect(warn).not.toHaveBeenCalled();
  });

  it("does not go to a proxy that the environment names", async () => {
    onTestFinished(() => void vi.unstubAllEnvs());
    vi.stubEnv("HTTPS_PROXY", "http://127.0.0.1:1");
    await mailerFor().send(message);
    expect(api.requests).toHaveLength(1);
  });
});

describe("the receipt", () => {
  it("has SendGrid's id, the mail's id, and no Message-ID, because SendGrid makes its own", async () => {
    const receipt = await mailerFor().send({ ...message, cc: "bob@example.com" });
    expect(receipt).toMatchObject({
      status: "sent",
      transport: "sendgrid",
      providerId: "abc123",
      accepted: ["ada@example.com", "bob@example.com"],
      rejected: [],
      raw: { status: 202 },
    });
    expect(receipt.messageId).toBeUndefined();
    expect(api.request().json.custom_args).toEqual({ mail_id: receipt.id });
    expect(api.request().json.headers).toEqual({ "X-Mail-Id": receipt.id });
  });

  it("has no id where SendGrid gave none", async () => {
    api.answer(202);
    expect((await mailerFor().send(message)).providerId).toBeUndefined();
  });
});

describe("sandbox mode", () => {
  it("asks SendGrid to check only, and takes its 200", async () => {
    api.answer(200);
    const receipt = await mailerFor({ sandboxMode: true }).send(message);
    expect(api.request().json.mail_settings).toEqual({ sandbox_mode: { enable: true } });
    expect(receipt).toMatchObject({ status: "sent", raw: { status: 200 } });
  });

  it("can be turned off for one mail", async () => {
    const sandboxMode = { enable: false };
    await mailerFor({ sandboxMode: true }).send({
      ...message,
      providerOptions: { sendgrid: { mailSettings: { sandboxMode } } },
    });
    expect(api.request().json.mail_settings).toEqual({ sandbox_mode: { enable: false } });
  });

  it("is off by default, and a 200 is then no success", async () => {
    api.answer(200);
    const error = await errorOf(mailerFor().send(message));
    expect(error).toMatchObject({ code: "configuration", delivery: "unknown", response: { status: 200 } });
    expect(api.request().json.mail_settings).toBeUndefined();
  });

  it("does not take a page for SendGrid's answer", async () => {
    api.answer(200, "<html>Please log in</html>");
    expect(await errorOf(mailerFor({ sandboxMode: true }).send(message))).toMatchObject({ code: "configuration" });
    api.answer(202, "<html>Please log in</html>");
    expect(await errorOf(mailerFor().send(message))).toMatchObject({ code: "configuration" });
  });
});

describe("a ready-made client", () => {
  it("sends with its own key when none is given, and is not changed", async () => {
    const client = new MailService();
    client.setApiKey(apiKey);
    const before = inspect(client, { depth: 5 });
    await mailerFor({ apiKey: undefined, client }).send(message);
    expect(api.request()).toMatchObject({
      url: "https://api.sendgrid.com/v3/mail/send",
      headers: { authorization: `Bearer ${apiKey}` },
    });
    expect(inspect(client, { depth: 5 })).toBe(before);
  });

  it("may be the inner client too, and keeps its defaults", async () => {
    const { client } = new MailService() as typeof sendgridMail & { readonly client: Client };
    client.setDefaultRequest("baseUrl", "https://proxy.example/");
    client.setDefaultHeader("On-Behalf-Of", "branch");
    await mailerFor({ client }).send(message);
    expect(api.request()).toMatchObject({
      url: "https://proxy.example/v3/mail/send",
      headers: { authorization: `Bearer ${apiKey}`, "on-behalf-of": "branch" },
    });
  });

  it("gives its ResponseError back as an answer", async () => {
    const response = { headers: {}, body: { errors: [{ message: "Maximum credits exceeded" }] } };
    const request = async () => {
      throw Object.assign(new Error("Unauthorized"), { code: 401, response });
    };
    const client = { request, setApiKey: () => undefined };
    expect(await errorOf(mailerFor({ client }).send(message))).toMatchObject({ code: "quota_exceeded" });
  });

  it("leaves the outcome open when it fails in its own way", async () => {
    const request = async () => {
      throw new Error("odd");
    };
    const client = { request, setApiKey: () => undefined };
    expect(await errorOf(mailerFor({ client }).send(message))).toMatchObject({ code: "unknown", delivery: "unknown" });
  });
});

interface Client {
  setApiKey(apiKey: string): void;
  setDefaultRequest(key: string, value: string): void;
  setDefaultHeader(key: string, value: string): void;
  request(data: never): Promise<unknown>;
}

describe("verify", () => {
  it("passes for a key that may send, without sending", async () => {
    api.answer(200, { scopes: ["mail.send", "stats.read"] });
    await mailerFor().verify();
    const { url, method, text } = api.request();
    expect([url, method, text]).toEqual(["https://api.sendgrid.com/v3/scopes", "GET", ""]);
  });

  it.each([
    ["a key without the scope", 200, { scopes: ["stats.read"] }, "permission"],
    ["a wrong key", 401, { errors: [{ message: "authorization required" }] }, "authentication"],
    ["an answer that is not SendGrid's", 200, { hello: "world" }, "configuration"],
    ["an address where nothing is", 404, "<html>Not Found</html>", "configuration"],
  ])("fails for %s", async (_what, status, body, code) => {
    api.answer(status, body);
    expect(await errorOf(mailerFor().verify())).toMatchObject({ code, delivery: "not_sent" });
  });
});

describe("URLs", () => {
  it.each([
    [`sendgrid://${apiKey}@default`, "https://api.sendgrid.com/v3/mail/send"],
    [`sendgrid://${apiKey}@default?region=eu`, "https://api.eu.sendgrid.com/v3/mail/send"],
    [`sendgrid://${apiKey}@proxy.example:8443/up`, "https://proxy.example:8443/up/v3/mail/send"],
    [`sendgrid://${apiKey}@default?baseUrl=https://proxy.example`, "https://proxy.example/v3/mail/send"],
  ])("%s sends there", async (url, address) => {
    await createMailer({ transport: fromUrl(url, [sendgrid]) }).send(message);
    expect(api.request()).toMatchObject({ url: address, headers: { authorization: `Bearer ${apiKey}` } });
  });

  it.each([
    ["sendgrid://default", "apiKey"],
    [`sendgrid://apikey:${apiKey}@default`, "url"],
    [`sendgrid://${apiKey}@default:8025`, "url"],
    [`sendgrid://${apiKey}@default?regoin=eu`, "regoin"],
    [`sendgrid://${apiKey}@proxy.example?region=eu`, "region"],
  ])("%s is refused, naming what is wrong and not the key", (url, field) => {
    const error = thrownBy(() => fromUrl(url, [sendgrid]));
    expect(error).toMatchObject({ code: "configuration", field });
    expect(inspect(error)).not.toContain(apiKey);
  });
});

describe("options", () => {
  it.each([
    [{}, "apiKey"],
    [{ apiKey: "" }, "apiKey"],
    [{ apiKey: undefined }, "apiKey"],
    [{ apiKey: "SG.key with spaces" }, "apiKey"],
    [{ apiKey: "SG.key\r\nX: 1" }, "apiKey"],
    [{ apiKey, region: "us" }, "region"],
    [{ apiKey, baseUrl: "proxy.example" }, "baseUrl"],
    [{ apiKey, baseUrl: "ftp://proxy.example" }, "baseUrl"],
    [{ apiKey, baseUrl: "https://user:pass@proxy.example" }, "baseUrl"],
    [{ apiKey, baseUrl: "https://api.sendgrid.com/v3" }, "baseUrl"],
    [{ apiKey, baseUrl: "https://proxy.example", region: "eu" }, "region"],
    [{ apiKey, timeoutMs: 0 }, "timeoutMs"],
    [{ apiKey, timeoutMs: 3e9 }, "timeoutMs"],
    [{ apiKey, maxConnections: 0 }, "maxConnections"],
    [{ client: new MailService(), maxConnections: 5 }, "maxConnections"],
    [{ apiKey, client: {} }, "client"],
    [{ apiKey, sandbox: true }, "sandbox"],
  ])("%j is refused, naming the option", (options, field) => {
    expect(thrownBy(() => sendgrid(options as never))).toMatchObject({ code: "configuration", field });
  });
});

it("takes options as an environment gives them", () => {
  const env: Readonly<Record<string, string | undefined>> = { KEY: apiKey, REGION: "eu" };
  const { KEY, REGION, BASE_URL } = env;
  expect(sendgrid({ apiKey: KEY, region: REGION, baseUrl: BASE_URL }).name).toBe("sendgrid");
});

describe("the key", () => {
  it("does not show in the transport, nor in an error that repeats it", async () => {
    const transport = sendgrid({ apiKey });
    api.answer(401, { errors: [{ message: `The key ${apiKey} is revoked` }] });
    const error = await errorOf(mailerFor().send(message));
    expect(error.response?.text).toContain("is revoked");
    for (const shown of [transport, error])
      expect(`${inspect(shown, { depth: 9, showHidden: true })}${JSON.stringify(shown)}`).not.toContain(apiKey);
  });

  it("of a ready-made client does not show either", async () => {
    const client = new MailService();
    client.setApiKey(apiKey);
    api.answer(401, { errors: [{ message: `The key ${apiKey} is revoked` }] });
    const error = await errorOf(mailerFor({ apiKey: undefined, client }).send(message));
    expect(inspect(error, { depth: 9 })).not.toContain(apiKey);
  });
});

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return expect.fail("it did not throw");
}

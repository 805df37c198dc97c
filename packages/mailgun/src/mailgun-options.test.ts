import { createMailer } from "@mail/core";
import MailgunSdk from "mailgun.js";
import { afterEach, expect, expectTypeOf, test } from "vitest";
import { FakeMailgun } from "./fake-mailgun.fixture.ts";
import { type MailgunClient, type MailgunOptions, mailgun } from "./index.ts";
import { failure, hello, key, send } from "./send.fixture.ts";

const good = { apiKey: key, domain: "mg.acme.example" } as const;

let fake: FakeMailgun | undefined;
afterEach(async () => {
  await fake?.close();
  fake = undefined;
});

test.each([
  [{ domain: "mg.acme.example" }, "apiKey"],
  [{ apiKey: "", domain: "mg.acme.example" }, "apiKey"],
  [{ apiKey: "a b", domain: "mg.acme.example" }, "apiKey"],
  [{ apiKey: "a\r\nb", domain: "mg.acme.example" }, "apiKey"],
  [{ apiKey: key }, "domain"],
  [{ apiKey: key, domain: "mg.acme.example/../../v3/routes" }, "domain"],
  [{ apiKey: key, domain: "localhost" }, "domain"],
  [{ apiKey: key, domain: "mg.acme.example?x" }, "domain"],
  [{ apiKey: key, domain: "mg.acme.example%2f.." }, "domain"],
  [{ ...good, region: "us-east-1" }, "region"],
  [{ ...good, baseUrl: "api.mailgun.net" }, "baseUrl"],
  [{ ...good, baseUrl: "ftp://api.mailgun.net" }, "baseUrl"],
  [{ ...good, baseUrl: "https://api.mailgun.net/v3" }, "baseUrl"],
  [{ ...good, baseUrl: "https://me:secret@api.mailgun.net" }, "baseUrl"],
  [{ ...good, timeoutMs: 0 }, "timeoutMs"],
  [{ ...good, timeoutMs: 3e9 }, "timeoutMs"],
  [{ ...good, maxConnections: 1.5 }, "maxConnections"],
  [{ ...good, client: { messages: { create: () => undefined } }, maxConnections: 5 }, "maxConnections"],
  [{ ...good, domain: undefined }, "domain"],
  [{ ...good, testMode: "yes" }, "testMode"],
  [{ ...good, client: {} }, "client"],
  [{ ...good, key: "x" }, "key"],
])("%j is a configuration error that names %s", (options, field) => {
  const make = (): unknown => mailgun(options as unknown as MailgunOptions);
  expect(make).toThrow(expect.objectContaining({ code: "configuration", field }));
});

test.each([
  ["mailgun://mg.acme.example", "apiKey"],
  [`mailgun://${key}@`, "url"],
  [`mailgun:${key}`, "url"],
  [`mailgun://api:${key}@mg.acme.example`, "url"],
  [`mailgun://${key}@mg.acme.example:8080`, "url"],
  [`mailgun://${key}@mg.acme.example/v3`, "url"],
  [`mailgun://${key}@mg.acme.example?region=asia`, "region"],
  [`mailgun://${key}@mg.acme.example?color=red`, "color"],
  [`smtp://${key}@mg.acme.example`, "url"],
])("the URL %s is a configuration error that names %s and not the key", (url, field) => {
  let thrown: unknown;
  try {
    mailgun.fromUrl(url);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toMatchObject({ code: "configuration", field });
  expect(String(thrown)).not.toContain(key);
});

test("options may come as an environment gives them", () => {
  const env: Readonly<Record<string, string | undefined>> = { KEY: key, DOMAIN: "mg.acme.example", REGION: "eu" };
  const { KEY, DOMAIN, REGION, BASE_URL } = env;
  expect(mailgun({ apiKey: KEY, domain: DOMAIN, region: REGION, baseUrl: BASE_URL }).name).toBe("mailgun");
});

test("a URL sets key, domain, address and the rest", async () => {
  fake = await FakeMailgun.start();
  const query = new URLSearchParams({ region: "eu", baseUrl: `${fake.url}/proxy/`, testMode: "true", label: "eu" });
  const transport = mailgun.fromUrl(`mailgun://${encodeURIComponent("k/e:y@1")}@MG.Acme.Example?${query}`);
  expect(transport.label).toBe("eu");
  fake.answerNext(200, { id: "<1@x>" });
  await send(transport);
  await send(
    mailgun.fromUrl(`mailgun://${encodeURIComponent("k/e:y@1")}@MG.Acme.Example?baseUrl=${fake.url}&testMode=true`),
  );
  const [request] = fake.requests;
  expect(request?.path).toBe("/v3/mg.acme.example/messages");
  expect(request?.authorization).toBe(`Basic ${Buffer.from("api:k/e:y@1").toString("base64")}`);
  expect(request?.form.get("o:testmode")).toBe("yes");
});

test("an international domain is asked for in ASCII", async () => {
  fake = await FakeMailgun.start();
  await send(mailgun({ apiKey: key, domain: "mg.exämple.com", baseUrl: fake.url }));
  await send(mailgun.fromUrl(`mailgun://${key}@mg.exämple.com?baseUrl=${fake.url}`));
  expect(fake.requests.map(({ path }) => path)).toEqual(Array(2).fill("/v3/mg.xn--exmple-cua.com/messages"));
});

test("a ready-made client of mailgun.js sends with its own key and address", async () => {
  fake = await FakeMailgun.start();
  const client = new MailgunSdk(FormData).client({ username: "api", key: "own", url: fake.url });
  expectTypeOf(client).toExtend<MailgunClient>();
  const transport = mailgun({ client, domain: "mg.acme.example" });
  await send(transport, {
    subject: "",
    attachments: [{ filename: "ü.txt", content: "x", contentType: "text/x-note" }],
  });
  const [request] = fake.requests;
  expect(request?.authorization).toBe(`Basic ${Buffer.from("api:own").toString("base64")}`);
  expect(request?.form.getAll("subject")).toEqual([""]);
  expect(request?.form.get("attachment")).toMatchObject({ name: "ü.txt", type: "text/x-note" });
  fake.answerNext(401, { message: "Forbidden" });
  expect(await failure(send(transport))).toMatchObject({ code: "authentication", delivery: "not_sent" });
  fake.playNext((incoming) => incoming.socket.destroy());
  expect(await failure(send(transport))).toMatchObject({ code: "connection", delivery: "unknown" });
});

test("a ready-made client that does not answer is given up on after timeoutMs", async () => {
  const client: MailgunClient = { messages: { create: () => new Promise(() => {}) } };
  const transport = mailgun({ client, domain: "mg.acme.example", timeoutMs: 20 });
  expect(await failure(send(transport))).toMatchObject({ code: "timeout", delivery: "unknown" });
});

test("a mailer's providerOptions know Mailgun's", async () => {
  const mailer = createMailer({ transport: mailgun(good) });
  type Options = NonNullable<NonNullable<Parameters<typeof mailer.send>[0]["providerOptions"]>["mailgun"]>;
  expectTypeOf<Options["requireTls"]>().toEqualTypeOf<boolean | undefined>();
  expect(
    (await failure(Promise.resolve(mailer.send({ ...hello, providerOptions: { mailgun: { dkim: "x" as never } } }))))
      .field,
  ).toBe("providerOptions.mailgun.dkim");
  await mailer.close();
});

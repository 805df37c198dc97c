import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { mailgun } from "./index.ts";
import { mswMailgun } from "./msw-mailgun.fixture.ts";
import { failure, key, send } from "./send.fixture.ts";

const other = mswMailgun();
const transport = mailgun({ apiKey: key, domain: "mg.acme.example" });

test("a mail goes to the domain's messages, with the key as password of `api`", async () => {
  await send(transport);
  expect(other.requests[0]?.url).toBe("https://api.mailgun.net/v3/mg.acme.example/messages");
  expect(other.requests[0]?.method).toBe("POST");
  expect(other.requests[0]?.headers.get("authorization")).toBe(`Basic ${Buffer.from(`api:${key}`).toString("base64")}`);
});

test("an EU domain is asked for in the EU", async () => {
  await send(mailgun({ apiKey: key, domain: "mg.acme.example", region: "eu" }));
  expect(other.requests[0]?.url).toBe("https://api.eu.mailgun.net/v3/mg.acme.example/messages");
});

test("addresses, subject and bodies are fields of the form, one for each address", async () => {
  await send(transport, {
    from: '"Acme, Inc." <hello@acme.example>',
    to: ["Zoë Ångström <zoe@example.com>", "bob@example.com", { name: 'The "B"', address: "b@exämple.com" }],
    cc: "cc@example.com",
    bcc: ["x@example.com", "y@example.com"],
    subject: "Grüße",
    text: "a\nb",
    html: "<p>ü</p>",
    amp: "<html ⚡4email></html>",
  });
  const form = await other.form();
  expect(form.get("from")).toBe('"Acme, Inc." <hello@acme.example>');
  expect(form.getAll("to")).toEqual([
    "Zoë Ångström <zoe@example.com>",
    "bob@example.com",
    '"The \\"B\\"" <b@xn--exmple-cua.com>',
  ]);
  expect(form.getAll("cc")).toEqual(["cc@example.com"]);
  expect(form.getAll("bcc")).toEqual(["x@example.com", "y@example.com"]);
  expect(form.get("subject")).toBe("Grüße");
  expect(form.get("text")).toBe("a\nb");
  expect(form.get("html")).toBe("<p>ü</p>");
  expect(form.get("amp-html")).toBe("<html ⚡4email></html>");
});

test("empty values are not lost", async () => {
  await send(transport, { subject: "", text: "", metadata: { none: "" } });
  const form = await other.form();
  for (const name of ["subject", "text", "v:none"]) expect(form.getAll(name)).toEqual([""]);
});

test("headers, sender, Reply-To and Message-ID go out as h: fields", async () => {
  const receipt = await send(transport, {
    sender: "bot@acme.example",
    replyTo: ['"Help, please" <help@acme.example>', "desk@acme.example"],
    headers: { "X-Note": "Grüße, 100 %" },
    priority: "high",
    unsubscribe: { url: "https://acme.example/u" },
  });
  const form = await other.form();
  expect(form.get("h:Sender")).toBe("bot@acme.example");
  expect(form.get("h:Reply-To")).toBe('"Help, please" <help@acme.example>, desk@acme.example');
  expect(form.get("h:X-Note")).toBe("Grüße, 100 %");
  expect(form.get("h:X-Priority")).toBe("1 (Highest)");
  expect(form.get("h:List-Unsubscribe")).toBe("<https://acme.example/u>");
  expect(form.get("h:List-Unsubscribe-Post")).toBe("List-Unsubscribe=One-Click");
  expect(form.get("h:X-Mail-Id")).toBe(receipt.id);
  expect(form.get("h:Message-Id")).toBe(`<${receipt.id}@acme.example>`);
});

test("the mail's id and metadata go out as v: fields, tags as o:tag", async () => {
  const receipt = await send(transport, {
    tags: ["welcome", "a b"],
    metadata: { user: "42", 'q"%22': "x", __proto__x: "ü" },
  });
  const form = await other.form();
  expect(form.get("v:mail_id")).toBe(receipt.id);
  expect(form.get("v:user")).toBe("42");
  expect(form.get("v:__proto__x")).toBe("ü");
  expect(form.getAll("o:tag")).toEqual(["welcome", "a b"]);
});

test("sendAt is a date of RFC 2822, never earlier than asked for", async () => {
  const sendAt = new Date(Math.floor(Date.now() / 1000) * 1000 + 3_600_250);
  await send(transport, { sendAt });
  const written = String((await other.form()).get("o:deliverytime"));
  expect(written).toMatch(/^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000$/);
  expect(Date.parse(written) - sendAt.getTime()).toBe(750);
});

test("sendAt beyond three days is refused before anything is sent", async () => {
  const error = await failure(send(transport, { sendAt: new Date(Date.now() + 73 * 3_600_000) }));
  expect(error).toMatchObject({ code: "invalid_message", field: "sendAt" });
  expect(other.requests).toEqual([]);
});

test("tracking is written as yes or no, and left to the domain where it is not given", async () => {
  await send(transport, { tracking: { opens: true, clicks: false } });
  expect((await other.form()).get("o:tracking-opens")).toBe("yes");
  expect((await other.form()).get("o:tracking-clicks")).toBe("no");
  await send(transport, { tracking: { opens: false } });
  expect((await other.form()).get("o:tracking-opens")).toBe("no");
  expect((await other.form()).has("o:tracking-clicks")).toBe(false);
});

test("a template goes by name with its variables, and keeps its own subject where none is given", async () => {
  await send(transport, {
    text: undefined,
    subject: undefined,
    template: { id: "welcome", data: { name: "Zoë", n: 0, list: [1] } },
    providerOptions: { mailgun: { templateVersion: "v2", templateText: true } },
  });
  const form = await other.form();
  expect(form.get("template")).toBe("welcome");
  expect(JSON.parse(String(form.get("t:variables")))).toEqual({ name: "Zoë", n: 0, list: [1] });
  expect(form.get("t:version")).toBe("v2");
  expect(form.get("t:text")).toBe("yes");
  expect(form.has("subject")).toBe(false);
});

test("test mode is asked for by the transport, and changed for one mail", async () => {
  const testing = mailgun({ apiKey: key, domain: "mg.acme.example", testMode: true });
  await send(testing);
  expect((await other.form()).getAll("o:testmode")).toEqual(["yes"]);
  await send(testing, { providerOptions: { mailgun: { testMode: false } } });
  expect((await other.form()).getAll("o:testmode")).toEqual(["no"]);
  await send(transport);
  expect((await other.form()).has("o:testmode")).toBe(false);
});

test("options of Mailgun alone are spelled as its API does", async () => {
  await send(transport, {
    providerOptions: {
      mailgun: {
        requireTls: true,
        skipVerification: false,
        dkim: false,
        sendingIp: "192.0.2.1",
        deliveryTimeOptimizePeriod: "24h",
      },
    },
  });
  const form = await other.form();
  expect(form.get("o:require-tls")).toBe("yes");
  expect(form.get("o:skip-verification")).toBe("no");
  expect(form.get("o:dkim")).toBe("no");
  expect(form.get("o:sending-ip")).toBe("192.0.2.1");
  expect(form.get("o:deliverytime-optimize-period")).toBe("24h");
});

test.each([
  [{ requireTLS: true }, "providerOptions.mailgun.requireTLS"],
  [{ requireTls: "yes" }, "providerOptions.mailgun.requireTls"],
  [{ sendingIp: "192.0.2.1\r\nX: y" }, "providerOptions.mailgun.sendingIp"],
  [{ sendingIp: "" }, "providerOptions.mailgun.sendingIp"],
  [[], "providerOptions.mailgun"],
])("a wrong option %j is refused by name", async (options, field) => {
  const mail = { providerOptions: { mailgun: options as object } };
  expect(await failure(send(transport, mail))).toMatchObject({ code: "invalid_message", field });
  expect(other.requests).toEqual([]);
});

test("attachments keep name, media type and bytes", async () => {
  const bytes = Uint8Array.from({ length: 70_000 }, (_, index) => index % 256);
  await send(transport, {
    attachments: [
      { filename: 'a "quote" \\ and ü.txt', content: "ü", contentType: 'text/plain; charset="UTF-8"' },
      { filename: "b.bin", content: Readable.from([bytes.subarray(0, 9), bytes.subarray(9)]) },
      { content: new Blob(["x"], { type: "application/pdf" }) },
      { filename: "empty.txt", content: "" },
    ],
  });
  const raw = Buffer.from((await other.requests[0]?.clone().arrayBuffer()) ?? new ArrayBuffer());
  expect(raw.toString()).toContain(
    'filename="a %22quote%22 \\ and ü.txt"\r\nContent-Type: text/plain; charset="UTF-8"\r\n',
  );
  const files = (await other.form()).getAll("attachment") as File[];
  expect(files.map(({ name }) => name)).toEqual(['a "quote" \\ and ü.txt', "b.bin", "attachment", "empty.txt"]);
  expect(files.map(({ size }) => size)).toEqual([2, 70_000, 1, 0]);
  expect(files[1]?.type).toBe("application/octet-stream");
  expect(Buffer.from((await files[1]?.arrayBuffer()) ?? new ArrayBuffer()).equals(bytes)).toBe(true);
});

test("an inline image is named by its content id, which Mailgun makes the cid of", async () => {
  await send(transport, {
    html: '<img src="cid:logo@acme"><img src="cid:pic">',
    attachments: [
      { filename: "logo.png", content: "1", contentId: "logo@acme" },
      { filename: "pic.png", content: "2", contentId: "pic", disposition: "attachment" },
      { filename: "chart.png", content: "3", disposition: "inline" },
      { filename: "plain.png", content: "4", contentId: "unused", disposition: "attachment" },
    ],
  });
  const form = await other.form();
  const names = (field: string): string[] => (form.getAll(field) as File[]).map(({ name }) => name);
  expect(names("inline")).toEqual(["logo@acme", "pic", "chart.png"]);
  expect(names("attachment")).toEqual(["plain.png"]);
  expect((form.get("inline") as File).type).toBe("image/png");
});

test("an attachment that cannot be read is found before anything is sent", async () => {
  const content = (): never => {
    throw new Error("gone");
  };
  const error = await failure(send(transport, { attachments: [{ filename: "a", content }] }));
  expect(error).toMatchObject({ code: "invalid_message", field: "attachments[0].content", delivery: "not_sent" });
  expect(other.requests).toEqual([]);
});

test("over 25 MB are refused before anything is sent, also where the size shows on reading", async () => {
  const content = new Uint8Array(20 * 1024 * 1024);
  for (const attachment of [{ content }, { content: () => content }]) {
    const error = await failure(send(transport, { attachments: [attachment] }));
    expect(error).toMatchObject({ code: "message_too_large", field: "attachments", delivery: "not_sent" });
  }
  expect(other.requests).toEqual([]);
});

test("headers and metadata over 16 kB in all are refused by the name of the largest", async () => {
  const metadata = { long: "x".repeat(9_000) };
  const headers = { "X-Long": "yy ".repeat(3_200) };
  const error = await failure(send(transport, { metadata, headers }));
  expect(error).toMatchObject({ code: "invalid_message", field: "headers" });
  const template = { id: "welcome", data: { long: "z".repeat(12_000) } };
  expect(await failure(send(transport, { metadata, template, text: undefined }))).toMatchObject({
    field: "template.data",
  });
  expect(other.requests).toEqual([]);
  await send(transport, { metadata });
  expect(other.requests).toHaveLength(1);
});

test("a mail with bcc alone is refused, as Mailgun needs `to`", async () => {
  const error = await failure(send(transport, { to: undefined, bcc: "x@example.com" }));
  expect(error).toMatchObject({ code: "invalid_message", field: "to" });
  expect(other.requests).toEqual([]);
});

test("a calendar and an international local part are refused, an own return path is left out and told", async () => {
  const calendar = { content: "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n" };
  expect(await failure(send(transport, { calendar }))).toMatchObject({ code: "unsupported", field: "calendar" });
  expect(await failure(send(transport, { to: "zoë@example.com" }))).toMatchObject({ code: "unsupported", field: "to" });
  expect(other.requests).toEqual([]);
  expect((await send(transport, { envelope: { from: "bounce@acme.example" } })).dropped).toEqual(["envelope"]);
});

test("a receipt carries Mailgun's id without <>, which is the Message-ID", async () => {
  const receipt = await send(transport, { cc: "cc@example.com" });
  expect(receipt).toMatchObject({
    status: "sent",
    providerId: "1@mg.acme.example",
    messageId: "<1@mg.acme.example>",
    accepted: ["ada@example.com", "cc@example.com"],
    rejected: [],
    raw: { id: "<1@mg.acme.example>", message: "Queued. Thank you." },
  });
});

import { type Message, prepareMessage } from "@mail/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { errorOf, interceptSendgrid, mailerFor, message } from "./sendgrid-api.fixture.ts";
import { toSendgridRequest } from "./to-sendgrid-request.ts";

const api = interceptSendgrid();

async function requestFor(fields: Partial<Message>): ReturnType<typeof toSendgridRequest> {
  return await toSendgridRequest(prepareMessage({ ...message, ...fields }));
}

describe("addresses", () => {
  it("go into one personalization, reply-to beside it", async () => {
    const request = await requestFor({
      to: ["Ada <ada@example.com>", "bob@example.com"],
      cc: "cy@example.com",
      bcc: "Dee <dee@example.com>",
      replyTo: "desk@acme.example",
    });
    expect(request.personalizations).toEqual([
      {
        to: [{ email: "ada@example.com", name: "Ada" }, { email: "bob@example.com" }],
        cc: [{ email: "cy@example.com" }],
        bcc: [{ email: "dee@example.com", name: "Dee" }],
      },
    ]);
    expect(request.reply_to).toEqual({ email: "desk@acme.example" });
  });

  it("stand once in whatever case, because SendGrid refuses repetitions", async () => {
    const { personalizations } = await requestFor({
      to: ["Ada <ada@example.com>", "ADA@example.com"],
      cc: ["Ada@example.com", "bob@example.com"],
      bcc: ["BOB@example.com"],
    });
    expect(personalizations).toEqual([
      { to: [{ email: "ada@example.com", name: "Ada" }], cc: [{ email: "bob@example.com" }] },
    ]);
  });

  it("for several replies go into the list, each once", async () => {
    const request = await requestFor({ replyTo: ["a@acme.example", "b@acme.example", "A@acme.example"] });
    expect(request.reply_to_list).toEqual([{ email: "a@acme.example" }, { email: "b@acme.example" }]);
    expect(request.reply_to).toBeUndefined();
  });

  it.each([
    ["Smith, Ada", '"Smith, Ada"'],
    ["Ada; Bob", '"Ada; Bob"'],
    ['Smith, Ada "Countess" \\', '"Smith, Ada \\"Countess\\" \\\\"'],
    ['Ada "Countess"', '"Ada \\"Countess\\""'],
    ["Ada <eve@example.com>", '"Ada <eve@example.com>"'],
    ["Dr. Ada O'Neill", "Dr. Ada O'Neill"],
    ["Ærøskøbing 日本 🦊", "Ærøskøbing 日本 🦊"],
  ])("of recipients are quoted where SendGrid would split the name: %s", async (name, written) => {
    const address = { name, address: "x@example.com" };
    const { personalizations, from, reply_to } = await requestFor({ to: address, from: address, replyTo: address });
    expect(personalizations[0].to).toEqual([{ email: "x@example.com", name: written }]);
    expect([from, reply_to]).toEqual([
      { email: "x@example.com", name },
      { email: "x@example.com", name },
    ]);
  });
});

describe("the body", () => {
  it("has text before html before the rest, whatever the order in the message", async () => {
    const content = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR";
    const { amp, html, text } = { amp: "<html amp4email></html>", html: "<p>Hi</p>", text: "Hi" };
    const request = await requestFor({ calendar: { content }, amp, html, text });
    expect(request.content).toEqual([
      { type: "text/plain", value: text },
      { type: "text/html", value: html },
      { type: "text/x-amp-html", value: amp },
      { type: "text/calendar; method=REQUEST", value: content },
    ]);
  });

  it("leaves an empty part out beside another one", async () => {
    expect((await requestFor({ text: "", html: "<p>Hi</p>" })).content).toEqual([
      { type: "text/html", value: "<p>Hi</p>" },
    ]);
  });

  it("is an empty line where it is empty, because SendGrid refuses nothing at all", async () => {
    expect((await requestFor({ text: "" })).content).toEqual([{ type: "text/plain", value: "\n" }]);
  });
});

describe("templates", () => {
  it("carry their data and need neither subject nor body", async () => {
    const data = { name: 'Ada "A" & B', items: [{ price: 3 }], nested: { camelCase: true } };
    await mailerFor().send({ from: message.from, to: message.to, template: { id: "d-42", data } });
    const { json } = api.request();
    expect(json).toMatchObject({ template_id: "d-42", personalizations: [{ dynamic_template_data: data }] });
    expect(json).not.toHaveProperty("subject");
    expect(json).not.toHaveProperty("content");
  });

  it.each([
    [{ template: { id: "8f8b7a26-0d4a-4a4e-9a62-1d0c0f6fcb0e" } }, "template.id"],
    [{ template: { id: "d-1" }, calendar: { content: "BEGIN:VCALENDAR\nEND:VCALENDAR" } }, "calendar"],
  ])("are refused where SendGrid could not do it: %j", async (fields, field) => {
    const error = await errorOf(mailerFor().send({ ...message, text: undefined, ...fields }));
    expect(error).toMatchObject({ code: "unsupported", field, delivery: "not_sent" });
    expect(api.requests).toEqual([]);
  });
});

describe("attachments", () => {
  it("go as base64 with name, bare media type, disposition and content id", async () => {
    const content = new Uint8Array([0, 255, 13, 10]);
    const request = await requestFor({
      attachments: [
        { filename: "résumé.txt", content: "Grüße" },
        { content, contentType: "image/png", contentId: "logo@acme" },
        { content, contentType: "application/octet-stream" },
      ],
    });
    expect(request.attachments).toEqual([
      { content: "R3LDvMOfZQ==", type: "text/plain", filename: "résumé.txt", disposition: "attachment" },
      {
        content: "AP8NCg==",
        type: "image/png",
        filename: "attachment-2.png",
        disposition: "inline",
        content_id: "logo@acme",
      },
      { content: "AP8NCg==", type: "application/octet-stream", filename: "attachment-3", disposition: "attachment" },
    ]);
  });

  it.each([
    ["cannot be opened", () => Promise.reject(new Error("gone"))],
    ["breaks in the middle", brokenStream()],
  ])("that %s is refused before anything is sent", async (_what, content) => {
    const attachments = [
      { filename: "a.txt", content: "a" },
      { filename: "b.txt", content },
    ];
    const error = await errorOf(mailerFor().send({ ...message, attachments }));
    expect(error).toMatchObject({ code: "invalid_message", field: "attachments[1].content", delivery: "not_sent" });
    expect(api.requests).toEqual([]);
  });

  it("that never end do not hold up an abort", async () => {
    const controller = new AbortController();
    const content = () => {
      controller.abort();
      return new Promise<string>(() => undefined);
    };
    const send = mailerFor().send({ ...message, attachments: [{ content }] }, { signal: controller.signal });
    expect(await errorOf(send)).toMatchObject({ code: "aborted", delivery: "not_sent" });
  });
});

async function* brokenStream() {
  yield Buffer.from("half");
  throw new Error("disk on fire");
}

describe("labels, time and tracking", () => {
  it("travel as categories, custom arguments, seconds and settings", async () => {
    const sendAt = new Date(Date.now() + 3_600_000);
    await mailerFor().send({
      ...message,
      tags: ["welcome", "trial"],
      metadata: { order: "4711", constructor: "kept" },
      sendAt,
      tracking: { opens: false, clicks: true },
    });
    const { json } = api.request();
    expect(json).toMatchObject({
      categories: ["welcome", "trial"],
      send_at: Math.ceil(sendAt.getTime() / 1000),
      tracking_settings: { open_tracking: { enable: false }, click_tracking: { enable: true } },
    });
    expect(Object.keys(json.custom_args ?? {})).toEqual(expect.arrayContaining(["order", "constructor", "mail_id"]));
  });

  it.each([
    [{ sendAt: new Date(Date.now() + 73 * 3_600_000) }, "sendAt"],
    [{ metadata: { email: "x" } }, "metadata.email"],
    [{ metadata: { sg_message_id: "x" } }, "metadata.sg_message_id"],
    [{ metadata: { "smtp-id": "x" } }, "metadata.smtp-id"],
    [{ subject: "" }, "subject"],
    [{ to: [], cc: "ada@example.com" }, "to"],
    [{ to: undefined, cc: "ada@example.com" }, "to"],
  ])("beyond SendGrid's limits are refused before anything is sent: %j", async (fields, field) => {
    const error = await errorOf(mailerFor().send({ ...message, ...fields }));
    expect(error).toMatchObject({ field, delivery: "not_sent" });
    expect(api.requests).toEqual([]);
  });

  it("are not there when the message says nothing", async () => {
    const request = await requestFor({});
    for (const field of ["categories", "send_at", "tracking_settings", "mail_settings", "attachments", "asm"])
      expect(request).not.toHaveProperty(field);
  });
});

describe("providerOptions.sendgrid", () => {
  it("reach the request in the API's spelling, beside what the message says", async () => {
    const request = await requestFor({
      tracking: { clicks: false },
      providerOptions: {
        sendgrid: {
          asm: { groupId: 7, groupsToDisplay: [7, 8] },
          batchId: "batch",
          ipPoolName: "pool",
          mailSettings: { bypassListManagement: { enable: true } },
          trackingSettings: {
            clickTracking: { enable: true, enableText: true },
            ganalytics: { enable: true, utmSource: "news" },
          },
        },
      },
    });
    expect(request).toMatchObject({
      asm: { group_id: 7, groups_to_display: [7, 8] },
      batch_id: "batch",
      ip_pool_name: "pool",
      mail_settings: { bypass_list_management: { enable: true } },
      tracking_settings: {
        click_tracking: { enable: false, enable_text: true },
        ganalytics: { enable: true, utm_source: "news" },
      },
    });
  });

  it.each([
    [{ asmGroup: 7 }, "providerOptions.sendgrid.asmGroup"],
    [{ asm: { groupId: "7" } }, "providerOptions.sendgrid.asm.groupId"],
    [{ asm: {} }, "providerOptions.sendgrid.asm.groupId"],
    [{ asm: 7 }, "providerOptions.sendgrid.asm"],
    [{ batchId: "" }, "providerOptions.sendgrid.batchId"],
    [{ mailSettings: { sandbox: {} } }, "providerOptions.sendgrid.mailSettings.sandbox"],
    [{ constructor: 1 }, "providerOptions.sendgrid.constructor"],
    ["asm", "providerOptions.sendgrid"],
  ])("that are wrong are refused before anything is sent: %j", async (sendgrid, field) => {
    const error = await errorOf(mailerFor().send({ ...message, providerOptions: { sendgrid: sendgrid as never } }));
    expect(error).toMatchObject({ code: "invalid_message", field, delivery: "not_sent" });
    expect(api.requests).toEqual([]);
  });

  it("of other adapters are left alone", async () => {
    const providerOptions = { mailgun: { anything: true } } as object;
    expect(await requestFor({ providerOptions })).not.toHaveProperty("anything");
  });
});

describe("headers of the mail", () => {
  it("never become headers of the HTTP request", async () => {
    const headers = { Authorization: "Bearer stolen", Host: "evil.example", "User-Agent": "x", "X-Own": "Grüße" };
    await mailerFor().send({ ...message, headers, unsubscribe: { mailto: "stop@acme.example" } });
    const { headers: httpHeaders, json } = api.request();
    expect(httpHeaders["authorization"]).toMatch(/^Bearer SG\./);
    expect(httpHeaders["user-agent"]).toMatch(/^sendgrid\//);
    expect(Object.keys(httpHeaders)).not.toContain("x-own");
    expect(json.headers).toMatchObject({
      ...headers,
      "X-Own": "=?UTF-8?B?R3LDvMOfZQ==?=",
      "List-Unsubscribe": "<mailto:stop@acme.example>",
    });
  });

  it("and names, subjects and labels change no HTTP header and add no line, whatever they are", async () => {
    await mailerFor().send(message);
    const usual = httpHeadersOf(api.requests[0]);
    const text = fc.string({ unit: "grapheme", maxLength: 40 });
    const name = fc.oneof(fc.constantFrom("Authorization", "Content-Type", "Host", "constructor", "x"), text);
    await fc.assert(
      fc.asyncProperty(name, text, text, text, async (header, value, displayName, label) => {
        const before = api.requests.length;
        const given: Message = {
          ...message,
          to: { name: displayName, address: "ada@example.com" },
          subject: `s${displayName}`,
          headers: { [header]: value },
          tags: [label],
          metadata: { note: label },
        };
        const sent = await mailerFor()
          .send(given)
          .then(
            () => true,
            () => false,
          );
        expect(api.requests.length).toBe(before + (sent ? 1 : 0));
        if (!sent) return;
        const request = api.requests.at(-1);
        expect(httpHeadersOf(request)).toEqual(usual);
        for (const line of [...Object.entries(request?.json.headers ?? {}), [request?.json.subject]].flat())
          expect(line).not.toMatch(/[\r\n\0]/);
      }),
      { numRuns: 150 },
    );
  });

  it("are not changed in the caller's object", async () => {
    const given = deepFreeze({
      ...message,
      text: undefined,
      headers: { "X-Own": "1" },
      template: { id: "d-1", data: { deep: { list: [1] } } },
      providerOptions: { sendgrid: { asm: { groupId: 1 } } },
    });
    await mailerFor({ sandboxMode: true }).send(given);
    expect(api.requests).toHaveLength(1);
  });
});

function httpHeadersOf(request: { readonly headers: Readonly<Record<string, string>> } | undefined) {
  const { "content-length": _length, ...headers } = request?.headers ?? {};
  return headers;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(deepFreeze);
  return value;
}

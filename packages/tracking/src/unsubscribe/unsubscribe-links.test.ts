import { createMailer, type Message, renderBatchRecipient, type SendOutcome } from "@mail/core";
import { describe, expect, test } from "vitest";
import { UnsubscribeTokens } from "./unsubscribe-token.ts";
import { base, linking, secret, unsubscribing } from "./unsubscribing.fixture.ts";

const hello = { from: "hello@acme.example", to: "Ada@Example.com", subject: "Hi", text: "Hello" } as const;
const tokens = new UnsubscribeTokens([secret]);
const link = /https:\/\/app\.example\/unsubscribe\?t=([\w-]+)/g;
const grantsIn = (text = "") => Array.from(text.matchAll(link), ([, token = ""]) => tokens.open(token));

async function sendOne(message: Partial<Message>, options = {}) {
  const own = unsubscribing(options);
  const { transport, sent } = linking(own, false);
  await createMailer({ transport }).send({ ...hello, unsubscribe: { url: own.handler.url() }, ...message });
  const [mail] = sent;
  if (mail === undefined) throw new Error("nothing was sent");
  return mail;
}

describe("one mail", () => {
  test("gets its recipient's link in List-Unsubscribe, and keeps List-Unsubscribe-Post and mailto", async () => {
    const mail = await sendOne({ unsubscribe: { url: `${base}?scope=newsletter`, mailto: "off@acme.example" } });
    expect(mail.headers["List-Unsubscribe"]).toMatch(
      /^<https:\/\/app\.example\/unsubscribe\?t=[\w-]+>, <mailto:off@acme\.example>$/,
    );
    expect(mail.headers["List-Unsubscribe-Post"]).toBe("List-Unsubscribe=One-Click");
    const grant = { address: "ada@example.com", scope: "newsletter", mailId: mail.id };
    expect(grantsIn(mail.headers["List-Unsubscribe"])).toEqual([grant]);
    expect(grantsIn(mail.unsubscribe?.url)).toEqual([grant]);
    expect(mail.unsubscribe).toMatchObject({ mailto: "mailto:off@acme.example", oneClick: true });
  });

  test("has the link wherever the address stands in html, text and amp, with any scope", async () => {
    const body = `<a href="${base}">all</a> <a href='${base}?scope=news%20%26%20more'>news</a> ${base}?scope=a.b. <p>${base}</p>`;
    const mail = await sendOne({
      text: `Off: ${base}\nNews: <${base}?scope=news>, (${base}?scope=a+b). ${base}: here`,
      html: body,
      amp: body,
    });
    expect(grantsIn(mail.text).map((grant) => grant?.scope)).toEqual(["", "news", "a b", ""]);
    expect(grantsIn(mail.html).map((grant) => grant?.scope)).toEqual(["", "news & more", "a.b", ""]);
    expect(mail.amp).toBe(mail.html);
    expect(`${mail.text}${mail.html}`).not.toMatch(/unsubscribe(?!\?t=)/);
  });

  test("leaves what merely looks like the address", async () => {
    const others = [`${base}-help`, `${base}/faq`, `${base}?scope=a&x=1`, `${base}#top`, `${base}.html`, `${base}?x=1`];
    const escaped = `<a href="${base}?scope=a&amp;x=1">`;
    const mail = await sendOne({ text: others.join(" "), html: others.join(" ") + escaped });
    expect(mail.text).toBe(others.join(" "));
    expect(mail.html).toBe(others.join(" ") + escaped);
  });

  test("finds an address that has parameters of its own, escaped or not", async () => {
    const url = "https://app.example/unsubscribe?app=1&lang=en";
    const own = unsubscribing({ url });
    const scoped = own.handler.url({ scope: "news" });
    expect(scoped).toBe(`${url}&scope=news`);
    const mail = await sendOne(
      {
        unsubscribe: { url: scoped },
        text: scoped,
        html: `<a href="${scoped}">${scoped.replaceAll("&", "&amp;")}</a> ${url.replace("&", "&#38;")}`,
      },
      { url },
    );
    const token = tokens.seal({ address: "ada@example.com", scope: "news", mailId: mail.id });
    const all = tokens.seal({ address: "ada@example.com", scope: "", mailId: mail.id });
    expect(mail.text).toBe(`${url}&t=${token}`);
    const escaped = url.replace("&", "&amp;");
    expect(mail.html).toBe(`<a href="${escaped}&amp;t=${token}">${escaped}&amp;t=${token}</a> ${escaped}&amp;t=${all}`);
  });

  test.each(["a%0Ab", "x".repeat(129)])("with a scope that is no tag is refused (%.10j)", async (scope) => {
    await expect(sendOne({ unsubscribe: { url: `${base}?scope=${scope}` } })).rejects.toMatchObject({
      code: "invalid_message",
      field: "unsubscribe.url",
    });
  });

  test("with another address, or none, is left alone", async () => {
    const text = `Off: ${base}`;
    const other = await sendOne({ unsubscribe: { url: "https://other.example/unsubscribe" }, text });
    expect(other).toMatchObject({ text, unsubscribe: { url: "https://other.example/unsubscribe" } });
    expect(await sendOne({ unsubscribe: undefined, text })).toMatchObject({ text });
  });

  test.each(["to", "cc", "bcc"] as const)(
    "with several recipients (%s) is refused, with the way out",
    async (field) => {
      const more = field === "to" ? { to: [hello.to, "bob@example.com"] } : { [field]: "bob@example.com" };
      await expect(sendOne(more)).rejects.toMatchObject({
        code: "invalid_message",
        field: "unsubscribe.url",
        hint: expect.stringMatching(/sendMany.*sendBulk/),
      });
    },
  );
});

describe.each([false, true])("a mail merge (in batches: %s)", (batches) => {
  async function merge(message: Partial<Message>, names: readonly string[] = ["ada", "bob"]) {
    const own = unsubscribing();
    const { transport, sent, requests } = linking(own, batches);
    const { to: _, ...template } = hello;
    const run = createMailer({ transport }).sendBulk(
      { ...template, unsubscribe: { url: own.handler.url({ scope: "news" }) }, ...message },
      names.map((name) => ({ to: `${name}@example.com`, data: { name, list: "x", "unsubscribe-link-1": "mine" } })),
    );
    const outcomes: SendOutcome[] = [];
    for await (const outcome of run) outcomes.push(outcome);
    const rendered = requests.flatMap(({ mail, recipients }) =>
      recipients.map((recipient) => renderBatchRecipient(mail, recipient)),
    );
    return { outcomes, mails: batches ? rendered : sent };
  }

  test("gives each recipient a link of their own, in headers and bodies", async () => {
    const { mails } = await merge({
      text: `{{name}}: ${base}?scope=news or ${base}`,
      html: `<a href="${base}?scope=news">{{name}}</a>`,
    });
    expect(mails).toHaveLength(2);
    for (const { envelope, id: mailId, headers, text, html } of mails) {
      const [address] = envelope.to;
      const grant = { address, scope: "news", mailId };
      expect(grantsIn(headers["List-Unsubscribe"])).toEqual([grant]);
      expect(headers["List-Unsubscribe-Post"]).toBe("List-Unsubscribe=One-Click");
      expect(grantsIn(text)).toEqual([grant, { ...grant, scope: "" }]);
      expect(grantsIn(html)).toEqual([grant]);
      expect(`${text}${html}`).not.toMatch(/unsubscribe(?!\?t=)/);
    }
  });

  test("keeps the app's own placeholders, and an address that goes on with one", async () => {
    const { mails } = await merge({
      text: `{{unsubscribe-link-1}} ${base}?scope=news&x={{list}} ${base}{{list}} {{name}}`,
    });
    expect(mails.map(({ text }) => text?.replaceAll(link, "LINK"))).toEqual(
      ["ada", "bob"].map((name) => `mine ${base}?scope=news&x=x ${base}x ${name}`),
    );
    for (const { headers, envelope } of mails)
      expect(grantsIn(headers["List-Unsubscribe"])).toMatchObject([{ address: envelope.to[0] }]);
  });

  test("fills in amp, or refuses it where it is not merged", async () => {
    const { outcomes } = await merge({ amp: `<a href="${base}">` });
    if (batches) expect(outcomes).toMatchObject([{ error: { code: "invalid_message", field: "amp" } }, { ok: false }]);
    else expect(outcomes).toMatchObject([{ ok: true }, { ok: true }]);
  });
});

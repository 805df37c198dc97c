import { MailError, type PreparedMessage, type Transport, type TransportReceipt } from "@mail/core";
import { describe, expect, it } from "vitest";
import { capabilities } from "./capabilities.ts";
import { type Breakage, key, subjectWith } from "./reference-subject.fixture.ts";
import type { ReceivedMail } from "./subject.ts";

/** Names of the cases that a transport fails, as `capability: case`. */
async function failedCases(breakage: Breakage): Promise<readonly string[]> {
  const runs = capabilities.flatMap(({ name, cases }) =>
    cases.map(async ({ name: promise, skip, run }) => {
      const subject = await subjectWith(breakage)();
      if (skip?.(subject) !== undefined) return [];
      return run(subject).then(
        () => [],
        () => [`${name}: ${promise}`],
      );
    }),
  );
  return (await Promise.all(runs)).flat();
}

const sending = (
  send: (transport: Transport, ...sent: Parameters<Transport["send"]>) => Promise<TransportReceipt>,
): Breakage => ({
  wrap: (transport) => ({ ...transport, send: (mail, context) => send(transport, mail, context) }),
});

const answering = (alter: (receipt: TransportReceipt, mail: PreparedMessage) => TransportReceipt): Breakage =>
  sending(async (transport, mail, context) => alter(await transport.send(mail, context), mail));

const failing = (alter: (error: MailError) => unknown): Breakage =>
  sending((transport, mail, context) =>
    transport.send(mail, context).catch((error: unknown) => {
      throw MailError.is(error) && error.code !== "aborted" ? alter(error) : error;
    }),
  );

const arriving = (alter: (mail: ReceivedMail, prepared: PreparedMessage) => Partial<ReceivedMail>): Breakage => ({
  alter: (mail, prepared) => ({ ...mail, ...alter(mail, prepared) }),
});

const attachments = (alter: (list: ReceivedMail["attachments"]) => ReceivedMail["attachments"]): Breakage =>
  arriving((mail) => ({ attachments: alter(mail.attachments) }));

/** What an error becomes; `changes` replace its fields. */
const changed = (error: MailError, changes: Partial<MailError>): MailError =>
  new MailError(changes.message ?? error.message, {
    code: error.code,
    hint: error.hint,
    cause: error.cause,
    delivery: error.delivery,
    ...changes,
  });

const faultsCase =
  "errors: each answer of the other side becomes its code, and says whether the mail may have gone out";

const broken: Readonly<Record<string, { readonly breakage: Breakage; readonly fails: readonly string[] }>> = {
  "shows bcc": {
    breakage: arriving((mail, { bcc }) => ({ headers: { ...mail.headers, bcc: bcc.map((to) => to.address).join() } })),
    fails: ["addresses: bcc is delivered and not visible"],
  },
  "does not deliver bcc": {
    breakage: arriving((_, { to, cc }) => ({ recipients: [...to, ...cc].map(({ address }) => address) })),
    fails: ["addresses: bcc is delivered and not visible"],
  },
  "delivers twice to who is named first": {
    breakage: arriving(({ recipients }) => ({ recipients: [...recipients, ...recipients.slice(0, 1)] })),
    fails: ["addresses: a recipient who is named several times gets the mail once"],
  },
  "calls a mail unsent whose answer is lost": {
    breakage: failing((error) => changed(error, { delivery: "not_sent" })),
    fails: ["errors: an answer that is lost after the mail was handed over leaves the outcome unknown"],
  },
  "is silent about a refused recipient": {
    breakage: answering((receipt, { envelope }) => ({ ...receipt, accepted: envelope.to, rejected: [] })),
    fails: [
      "errors: a recipient that is refused beside others is in receipt.rejected, and the others are in receipt.accepted",
    ],
  },
  "waits for an attachment in spite of an abort": {
    breakage: sending((transport, mail, context) =>
      transport.send(mail, { ...context, signal: new AbortController().signal }),
    ),
    fails: [
      "abort and timeout: an abort while an attachment's content hangs means no contact, and closing is not held up",
    ],
  },
  "ends no batch": {
    breakage: {
      wrap: (transport) => ({
        ...transport,
        sendBatch: (batch, context) =>
          transport.sendBatch?.(batch, { ...context, signal: new AbortController().signal }) ?? Promise.resolve([]),
      }),
    },
    fails: ["abort and timeout: an abort while the other side does not answer a batch ends it at once"],
  },
  "drops cc": {
    breakage: arriving(() => ({ cc: [] })),
    fails: ["addresses: cc is delivered and visible"],
  },
  "loses replyTo": {
    breakage: arriving(() => ({ replyTo: [] })),
    fails: ["addresses: replies go to replyTo"],
  },
  "joins names and addresses without quotes": {
    breakage: arriving(({ to }) => ({
      to: to.flatMap(({ name = "", address }) => `${name} <${address}>`.split(", ")).map((text) => ({ address: text })),
    })),
    fails: ["addresses: a display name with a comma arrives as written"],
  },
  "loses letters beyond ASCII": {
    breakage: arriving(({ subject }) => ({ subject: subject.replace(/[^ -~]/g, "?") })),
    fails: ["bodies and headers: a subject with non-ASCII letters arrives as written"],
  },
  "writes what is percent-encoded into a header": {
    breakage: arriving(({ subject, headers, source }) => ({
      subject: subject.replaceAll("%0d%0a", "\r\n"),
      headers,
      source: `${source}\n${subject.replaceAll("%0d%0a", "\r\n")}`,
    })),
    fails: [
      "header injection: a subject, name or header value that looks like a percent-encoded line break arrives as text",
    ],
  },
  "cuts long lines": {
    breakage: arriving(({ text }) => (text === undefined ? {} : { text: text.replace(/(.{998})/g, "$1\r\n") })),
    fails: ["bodies and headers: text and html with lines of 1,000 characters arrive as written"],
  },
  "loses leading dots": {
    breakage: arriving(({ text }) => (text === undefined ? {} : { text: text.replace(/^\./gm, "") })),
    fails: ["bodies and headers: text and html with lines that begin with dots arrive as written"],
  },
  "trims trailing spaces": {
    breakage: arriving(({ text }) => (text === undefined ? {} : { text: text.replace(/[ \t]+$/gm, "") })),
    fails: ["bodies and headers: text and html with trailing spaces arrive as written"],
  },
  "loses custom headers": {
    breakage: arriving(({ headers }) => ({ headers: { "x-mail-id": headers["x-mail-id"] ?? "" } })),
    fails: ["bodies and headers: a header with plain text arrives as written"],
  },
  "loses empty attachments": {
    breakage: attachments((list) => list.filter(({ content }) => content.byteLength > 0)),
    fails: ["attachments: an empty attachment arrives, or is refused before contact where the provider takes none"],
  },
  "takes binary attachments for text": {
    breakage: attachments((list) =>
      list.map((one) => ({ ...one, content: Buffer.from(Buffer.from(one.content).toString()) })),
    ),
    fails: ["attachments: an attachment given as a Uint8Array arrives byte for byte"],
  },
  "makes inline images ordinary attachments": {
    breakage: attachments((list) => list.map((one) => ({ ...one, disposition: "attachment" }))),
    fails: ["attachments: an inline image arrives under the content id that the html names"],
  },
  "cuts file names at quotes": {
    breakage: attachments((list) => list.map((one) => ({ ...one, filename: one.filename?.split('"')[0] ?? "" }))),
    fails: ["attachments: a file name with quotes arrives as written"],
  },
  "connects before it has read the attachments": {
    breakage: {
      wrap: (transport, { contact }) => ({
        ...transport,
        async send(mail, context) {
          contact();
          return transport.send(mail, context);
        },
      }),
    },
    fails: ["attachments: a stream that fails is invalid_message before contact, and the error names the attachment"],
  },
  "writes into the mail": {
    breakage: sending(async (transport, mail, context) => {
      Object.assign(mail.headers, { "X-Sent-By": "me" });
      return transport.send(mail, context);
    }),
    fails: [
      "features, verify and read-only mails: a deeply frozen mail can be sent",
      "features, verify and read-only mails: a mail is the same after the send as before",
    ],
  },
  "calls an error a success": {
    breakage: sending((transport, mail, context) =>
      transport
        .send(mail, context)
        .catch((): TransportReceipt => ({ status: "sent", accepted: mail.envelope.to, rejected: [] })),
    ),
    fails: [faultsCase],
  },
  "throws plain errors": {
    breakage: failing((error) => new Error(error.message)),
    fails: [faultsCase, "errors: a transport throws MailErrors itself, without the mailer around it"],
  },
  "calls every error `unavailable`": {
    breakage: failing((error) => changed(error, { code: "unavailable" })),
    fails: [faultsCase],
  },
  "gives no hints": {
    breakage: failing(({ message, code }) => new MailError(message, { code })),
    fails: [faultsCase],
  },
  "calls a definite refusal an unknown outcome": {
    breakage: failing((error) => changed(error, { delivery: "unknown" })),
    fails: [faultsCase],
  },
  "sends again by itself": {
    breakage: sending((transport, mail, context) =>
      transport.send(mail, context).catch(() => transport.send(mail, context)),
    ),
    fails: [faultsCase],
  },
  "shows the key in the error's message": {
    breakage: failing((error) => changed(error, { message: `${error.message} (key ${key})` })),
    fails: ["secrets: no error shows a secret, nor does its cause, its stack or the log"],
  },
  "shows the key in the error's cause": {
    breakage: failing((error) => changed(error, { cause: { request: { headers: { authorization: key } } } })),
    fails: ["secrets: no error shows a secret, nor does its cause, its stack or the log"],
  },
  "shows the key in the transport": {
    breakage: { wrap: (transport) => Object.assign({ ...transport }, { options: { auth: { key } } }) },
    fails: ["secrets: the transport shows no secret"],
  },
  "logs the key": {
    breakage: sending((transport, mail, context) => {
      context.log.debug({ authorization: `Bearer ${key}` }, "request");
      return transport.send(mail, context);
    }),
    fails: ["secrets: the receipt and the log show no secret"],
  },
  "does not listen to its signal": {
    breakage: sending((transport, mail, context) =>
      transport.send(mail, { ...context, signal: new AbortController().signal }),
    ),
    fails: [
      "abort and timeout: an abort while the other side does not answer ends the send at once",
      "abort and timeout: a signal aborted beforehand means no contact",
    ],
  },
  "says not_sent when a taken mail is aborted": {
    breakage: sending((transport, mail, context) =>
      transport.send(mail, context).catch((error: unknown) => {
        throw MailError.is(error) ? changed(error, { delivery: "not_sent" }) : error;
      }),
    ),
    fails: ["abort and timeout: an abort while the other side does not answer ends the send at once"],
  },
  "calls a timeout `aborted`": {
    breakage: sending((transport, mail, context) =>
      transport.send(mail, context).catch((error: unknown) => {
        throw context.signal.aborted && MailError.is(error) ? changed(error, { code: "aborted" }) : error;
      }),
    ),
    fails: ["abort and timeout: a time limit while the other side does not answer is `timeout`"],
  },
  "fails every mail in flight when one is aborted": {
    breakage: {
      wrap: (transport) => {
        const shared = new AbortController();
        return {
          ...transport,
          send(mail, context) {
            context.signal.addEventListener("abort", () => shared.abort(context.signal.reason));
            return Promise.race([
              transport.send(mail, context),
              new Promise<never>((_, reject) => {
                const stop = (): void => reject(new MailError("the connection is gone", { code: "aborted" }));
                shared.signal.addEventListener("abort", stop);
              }),
            ]);
          },
        };
      },
    },
    fails: ["abort and timeout: an abort leaves other mails in flight unharmed"],
  },
  "gives providerId with <>": {
    breakage: answering((receipt, { messageId }) => ({ ...receipt, providerId: messageId })),
    fails: ["ids and receipts: providerId has no <> and is not empty"],
  },
  "invents a messageId": {
    breakage: answering((receipt) => ({ ...receipt, messageId: `<${crypto.randomUUID()}@invented.example>` })),
    fails: ["ids and receipts: messageId has <> and is the one that arrives, or is absent"],
  },
  "gives every mail the same providerId": {
    breakage: answering((receipt) => ({ ...receipt, providerId: "accepted" })),
    fails: ["ids and receipts: two mails have ids of their own"],
  },
  "loses X-Mail-Id": {
    breakage: arriving(({ headers }) => {
      const { "x-mail-id": _, ...others } = headers;
      return { headers: others };
    }),
    fails: ["ids and receipts: the mail's id arrives as X-Mail-Id and is the receipt's"],
  },
  "forgets bcc in `accepted`": {
    breakage: answering((receipt, { to, cc }) => ({
      ...receipt,
      accepted: [...to, ...cc].map(({ address }) => address),
    })),
    fails: ["ids and receipts: the receipt lists who was accepted, and nobody as rejected"],
  },
  "answers a batch under ids of its own": {
    breakage: {
      wrap: (transport) => ({
        ...transport,
        sendBatch: async (batch, context) =>
          ((await transport.sendBatch?.(batch, context)) ?? []).map((outcome, index) => ({
            ...outcome,
            id: `${index}`,
          })),
      }),
    },
    fails: ["batches: sendBatch answers for each recipient, under the recipient's id"],
  },
  "shows all recipients of a batch to each": {
    breakage: {
      wrap: (transport, { mails }) => ({
        ...transport,
        async sendBatch(batch, context) {
          const outcomes = (await transport.sendBatch?.(batch, context)) ?? [];
          const everyone = batch.recipients.map(({ to }) => to);
          for (const [index, mail] of mails.entries()) mails[index] = { ...mail, to: everyone };
          return outcomes;
        },
      }),
    },
    fails: ["batches: a mail merge gives each recipient a mail of their own, with their address alone"],
  },
  "puts raw values into html": {
    breakage: {
      wrap: (transport) => ({
        ...transport,
        sendBatch: async (batch, context) =>
          (await transport.sendBatch?.(
            { ...batch, recipients: batch.recipients.map((one) => ({ ...one, htmlValues: one.values })) },
            context,
          )) ?? [],
      }),
    },
    fails: ["batches: each recipient's values are filled in, escaped in html alone"],
  },
  "takes a value for a template of its own": {
    breakage: {
      wrap: (transport) => ({
        ...transport,
        async sendBatch({ mail, recipients }, context) {
          const filled = recipients.map((one) => {
            const texts = Object.entries(one.values).map(([name, value]) => [
              name,
              value.replaceAll("%recipient%", one.to.address),
            ]);
            return { ...one, values: Object.fromEntries(texts) };
          });
          return (await transport.sendBatch?.({ mail, recipients: filled }, context)) ?? [];
        },
      }),
    },
    fails: ["batches: texts and values that look like a provider's placeholders arrive as they were written"],
  },
  "takes a failed batch for a sent one": {
    breakage: {
      wrap: (transport) => ({
        ...transport,
        sendBatch: async (batch, context) =>
          ((await transport.sendBatch?.(batch, context).catch(() => [])) ?? []).length === 0
            ? batch.recipients.map(({ id, to }) => ({
                id,
                ok: true,
                receipt: { status: "sent", accepted: [to.address], rejected: [] },
              }))
            : [],
      }),
    },
    fails: [
      "batches: what goes wrong with a batch is told of each recipient, with the code and the outcome that one mail would have",
    ],
  },
  "leaves a recipient's own headers out of a batch": {
    breakage: {
      wrap: (transport) => ({
        ...transport,
        async sendBatch({ mail, recipients }, context) {
          const plain = recipients.map((one) => ({ ...one, headers: { "X-Mail-Id": one.id } }));
          return (await transport.sendBatch?.({ mail, recipients: plain }, context)) ?? [];
        },
      }),
    },
    fails: ["batches: headers are merged, and a recipient's own go before the message's"],
  },
  "ignores its label": {
    breakage: { label: () => undefined },
    fails: [
      "labels: the label stands in the receipt and its attempts",
      "labels: the label stands in the error",
      faultsCase,
    ],
  },
  "sends after close": {
    breakage: { wrap: (transport) => ({ ...transport, close: async () => undefined }) },
    fails: ["close: a closed transport refuses mail before contact", "close: close waits for mails in flight"],
  },
  "does not wait in close": {
    breakage: {
      wrap: (transport) => ({
        ...transport,
        async close() {
          transport.close?.().catch(() => undefined);
        },
      }),
    },
    fails: ["close: close waits for mails in flight"],
  },
  "contacts the other side when it is made": {
    breakage: {
      wrap: (transport, { contact }) => {
        contact();
        return transport;
      },
    },
    fails: ["features, verify and read-only mails: making a transport contacts nobody"],
  },
  "reaches IDNA domains in their Unicode form": {
    breakage: arriving(({ recipients }) => ({
      recipients: recipients.map((address) => address.replace("xn--bcher-kva", "bücher")),
    })),
    fails: ["addresses: a domain beyond ASCII is reached in its IDNA form"],
  },
  "cannot be closed twice": {
    breakage: {
      wrap: (transport) => {
        let closed = false;
        return {
          ...transport,
          async close() {
            if (closed) throw new Error("closed already");
            closed = true;
            await transport.close?.();
          },
        };
      },
    },
    fails: ["close: a transport that was never used can be closed, twice"],
  },
  "declares a field that nobody knows": {
    breakage: { wrap: (transport) => ({ ...transport, features: JSON.parse('{"fields":["fax"]}') }) },
    fails: ["features, verify and read-only mails: features are plain data and name only known fields, each once"],
  },
  "sends a mail to verify": {
    breakage: {
      wrap: (transport, { mails }) => ({
        ...transport,
        async verify() {
          mails.push({ ...emptyMail, subject: "test" });
        },
      }),
    },
    fails: [
      "features, verify and read-only mails: verify finds nothing wrong with a healthy other side, and sends nothing",
    ],
  },
};

const emptyMail: ReceivedMail = {
  recipients: [],
  from: { address: "hello@acme.example" },
  to: [],
  cc: [],
  replyTo: [],
  subject: "",
  headers: {},
  attachments: [],
  source: "",
};

describe("the suite catches a transport that", () => {
  it.for(Object.entries(broken))("%s", async ([, { breakage, fails }]) => {
    expect(await failedCases(breakage)).toEqual(expect.arrayContaining([...fails]));
  });

  it("is blamed for nothing if it keeps the contract", async () => {
    expect(await failedCases({})).toEqual([]);
  });

  it("gives every case a name of its own", () => {
    const names = capabilities.flatMap(({ name, cases }) => cases.map((one) => `${name}: ${one.name}`));
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });
});

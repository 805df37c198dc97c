import { describeTransport, type PlayedFault, type ReceivedMail, type Subject } from "@mail/conformance";
import { errorTable, formatAddress, MailError, type MailErrorCode, type Transport } from "@mail/core";
import { type MockTransport, mock, type SentMail } from "./index.ts";
import type { MockOptions } from "./mock-options.ts";

const codes = Object.keys(errorTable) as MailErrorCode[];
const lost = new MailError("The connection broke after the mail was handed over.", {
  code: "connection",
  delivery: "unknown",
  hint: "See at the other side whether it arrived.",
});

/** Several mocks that look like one other side: what they sent, saw and shall refuse is shared. */
function setup(features?: MockOptions["features"]): Subject {
  const mocks: MockTransport[] = [];
  let contacts = 0;
  let fault: MailErrorCode | MailError | undefined;
  let hangs = false;

  function plan(codeOrError: MailErrorCode | MailError): void {
    fault = codeOrError;
  }

  function connected(options: { readonly label?: string; readonly latencyMs?: number }): MockTransport {
    const mail = mock({ ...options, features });
    mocks.push(mail);
    mail.failWhen(() => {
      contacts++;
      return false;
    }, "unknown");
    for (const codeOrError of [...codes, lost]) {
      mail.failWhen(() => {
        const hit = fault === codeOrError;
        if (hit) fault = undefined;
        return hit;
      }, codeOrError);
    }
    return mail;
  }

  /** The next mail after `hang` goes to a mock that takes its time, all others to one that does not. */
  function create(options: { readonly label?: string }): Transport {
    const prompt = connected(options);
    const silent = connected({ ...options, latencyMs: 2 ** 31 - 1 });
    const next = (): Transport => {
      const transport = hangs ? silent : prompt;
      hangs = false;
      return transport;
    };
    return Object.freeze({
      ...prompt,
      send: (...[mail, context]: Parameters<Transport["send"]>) => next().send(mail, context),
      ...(prompt.sendBatch !== undefined && {
        sendBatch: (...[batch, context]: Parameters<NonNullable<Transport["sendBatch"]>>) =>
          next().sendBatch?.(batch, context) ?? Promise.resolve([]),
      }),
    });
  }

  return {
    transport: create({}),
    create,
    received: () => mocks.flatMap(({ sent }) => sent.map(toReceived)),
    contacts: () => contacts,
    hang: () => {
      hangs = true;
    },
    faults: [
      ...codes.map((code): PlayedFault => ({ code, play: () => plan(code) })),
      { code: "connection", delivery: "unknown", name: "lost after the body", play: () => plan(lost) },
    ],
    secrets: [],
    close: async () => undefined,
  };
}

function toReceived(mail: SentMail): ReceivedMail {
  const { envelope, from, sender, to, cc, replyTo, subject, text, html, attachments, messageId } = mail;
  const headers = { ...mail.headers, "Message-ID": messageId };
  return {
    recipients: envelope.to,
    from,
    ...(sender !== undefined && { sender }),
    to,
    cc,
    replyTo,
    subject,
    ...(text !== undefined && { text }),
    ...(html !== undefined && { html }),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
    attachments: attachments.map(({ contentType, ...attachment }) => ({
      ...attachment,
      contentType: contentType.split(";")[0] ?? "",
    })),
    source: JSON.stringify({ from: formatAddress(from), to: to.map(formatAddress), subject, headers, text, html }),
  };
}

describeTransport("mock", () => setup());
describeTransport("mock with few features", () =>
  setup({ fields: ["attachments"], recipients: 60, requires: ["to", "subject"], bytes: 1_000_000, batch: undefined }),
);

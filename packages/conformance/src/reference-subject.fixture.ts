import { setImmediate } from "node:timers/promises";
import {
  abortError,
  allFields,
  type BatchOutcome,
  defineAdapter,
  type Features,
  formatAddress,
  MailError,
  type MailErrorCode,
  type PreparedMessage,
  parseAddress,
  renderBatchRecipient,
  type Transport,
  type TransportContext,
  type TransportReceipt,
  untilAborted,
} from "@mail/core";
import type { PlayedFault, ReceivedMail, Setup, Subject } from "./subject.ts";

/** How a transport strays from the contract: each hook replaces one thing that the reference does right. */
export interface Breakage {
  readonly features?: Features;
  /** Changes the mail on its way. */
  readonly alter?: (arriving: ReceivedMail, mail: PreparedMessage) => ReceivedMail;
  /** Puts itself between the suite and the transport. */
  readonly wrap?: (transport: Transport, world: World) => Transport;
  /** Changes the label that `create` was given. */
  readonly label?: (label: string | undefined) => string | undefined;
}

/** The other side, as far as broken transports need it. */
interface World {
  readonly contact: () => void;
  readonly mails: ReceivedMail[];
  readonly fault: () => MailErrorCode | undefined;
}

export const key = "key-0123456789abcdef";

const everything: Features = { fields: allFields, batch: { recipients: 100, bytes: 1_000_000 } };

/** What goes over the wire: one JSON text, as with an API. */
async function encode(mail: PreparedMessage): Promise<string> {
  const attachments = await Promise.all(
    mail.attachments.map(async (attachment) => ({
      filename: attachment.filename,
      contentType: attachment.contentType,
      contentId: attachment.contentId,
      disposition: attachment.disposition,
      content: Buffer.from(await attachment.bytes()).toString("base64"),
    })),
  );
  const { envelope, from, to, cc, replyTo, subject, text, html, headers, sender } = mail;
  const own = { ...headers, "Message-ID": mail.messageId, ...(sender && { Sender: formatAddress(sender) }) };
  return JSON.stringify({
    recipients: envelope.to,
    from,
    to,
    cc,
    replyTo,
    subject,
    text,
    html,
    headers: own,
    attachments,
  });
}

function decode(source: string): ReceivedMail {
  const mail = JSON.parse(source) as ReceivedMail & { attachments: { contentType: string }[] };
  return {
    ...mail,
    to: mail.to.map((address) => parseAddress(address, "to")),
    headers: Object.fromEntries(Object.entries(mail.headers).map(([name, value]) => [name.toLowerCase(), value])),
    attachments: mail.attachments.map((attachment) => ({
      ...attachment,
      contentType: attachment.contentType.split(";")[0] ?? "",
      content: Buffer.from(String(attachment.content), "base64"),
    })),
    source,
  };
}

function nobodyAnswers(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(abortError(signal, "unknown"));
  if (signal.aborted) stop();
  else signal.addEventListener("abort", stop, { once: true });
  return promise;
}

/** A subject around a transport that keeps the contract, but for the breakage. */
export function subjectWith({ features = everything, alter, wrap, label: relabel }: Breakage = {}): Setup {
  return () => {
    const mails: ReceivedMail[] = [];
    let contacts = 0;
    let fault: MailErrorCode | undefined;
    let hangs = false;
    let hanging = false;
    let refused: string | undefined;
    const world: World = { contact: () => void contacts++, mails, fault: () => fault };

    async function send(mail: PreparedMessage, { signal }: TransportContext): Promise<TransportReceipt> {
      const source = await untilAborted(encode(mail), signal);
      contacts++;
      if (hangs) {
        hangs = false;
        hanging = true;
        return nobodyAnswers(signal);
      }
      if (fault !== undefined) {
        const code = fault;
        fault = undefined;
        const cause = new Error(`401 for Authorization: Bearer ${key}`);
        const delivery = code === "connection" ? "unknown" : "not_sent";
        throw new MailError(`refused: ${code}, key ${key}`, { code, delivery, hint: "Mend it.", cause });
      }
      // An answer takes some turns of the event loop, as over a network.
      for (let turn = 0; turn < 4; turn++) await setImmediate();
      const arriving = decode(source);
      mails.push(alter?.(arriving, mail) ?? arriving);
      const { id, messageId, envelope } = mail;
      const rejected = envelope.to
        .filter((address) => address === refused)
        .map((address) => ({ address, error: new MailError("nobody there", { code: "recipient_rejected" }) }));
      const accepted = envelope.to.filter((address) => address !== refused);
      return { status: "sent", providerId: `p-${id}`, messageId, accepted, rejected };
    }

    const adapter = defineAdapter<{ readonly apiKey: string }>({
      name: "reference",
      schemes: ["reference"],
      rules: { apiKey: { type: "string" } },
      optionsFromUrl: () => ({ apiKey: key }),
      secrets: ({ apiKey }) => [apiKey],
      features,
      create: () => ({
        send,
        ...(features.batch !== undefined && {
          sendBatch: async ({ mail, recipients }, context): Promise<readonly BatchOutcome[]> => {
            const outcomes: BatchOutcome[] = [];
            for (const recipient of recipients) {
              const receipt = await send(renderBatchRecipient(mail, recipient), context);
              outcomes.push({ id: recipient.id, ok: true, receipt });
            }
            return outcomes;
          },
        }),
        verify: async () => world.contact(),
      }),
    });
    const create = ({ label }: { readonly label?: string }): Transport => {
      const given = relabel === undefined ? label : relabel(label);
      const transport = adapter({ apiKey: key, ...(given !== undefined && { label: given }) });
      return wrap?.(transport, world) ?? transport;
    };
    const faults = (["authentication", "rate_limited", "recipient_rejected", "connection"] as const).map(
      (code): PlayedFault => ({
        code,
        answerLost: code === "connection",
        play: () => {
          fault = code;
        },
      }),
    );
    return {
      transport: create({}),
      create,
      received: () => mails,
      contacts: () => contacts,
      hang: () => {
        hangs = true;
      },
      hanging: () => hanging,
      refuseRecipient: (address) => {
        refused = address;
      },
      faults,
      secrets: [key],
      close: async () => undefined,
    } satisfies Subject;
  };
}

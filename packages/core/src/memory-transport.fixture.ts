import type { BatchOutcome, BatchRequest } from "./batch.ts";
import { renderBatchRecipient } from "./bulk-recipient.ts";
import { allFields, type Features } from "./features.ts";
import type { PreparedMessage } from "./prepared-message.ts";
import type { TransportReceipt } from "./receipt.ts";
import type { Transport, TransportContext } from "./transport.ts";

/** What a test makes of a mail: nothing, an error to throw, or a wait. */
type Behaviour = (mail: PreparedMessage, context: TransportContext) => void | Promise<void>;

export interface MemoryTransport extends Transport {
  readonly sent: PreparedMessage[];
  readonly batches: BatchRequest[];
  readonly closed: () => number;
}

export interface MemoryOptions {
  readonly name?: string;
  readonly label?: string;
  readonly features?: Partial<Features>;
  readonly behaviour?: Behaviour;
  readonly verify?: () => Promise<void>;
  readonly check?: NonNullable<Transport["check"]>;
}

/** A transport that keeps what it is given; with `features.batch` it takes batches too. */
export function memoryTransport({
  name = "memory",
  label,
  features,
  behaviour,
  verify,
  check,
}: MemoryOptions = {}): MemoryTransport {
  const sent: PreparedMessage[] = [];
  const batches: BatchRequest[] = [];
  let closed = 0;
  const take = async (mail: PreparedMessage, context: TransportContext): Promise<TransportReceipt> => {
    await behaviour?.(mail, context);
    sent.push(mail);
    return { status: "sent", accepted: mail.envelope.to, rejected: [], messageId: mail.messageId };
  };
  return {
    name,
    label,
    features: { fields: allFields, ...features },
    sent,
    batches,
    closed: () => closed,
    send: take,
    ...(features?.batch !== undefined && {
      async sendBatch(batch: BatchRequest, context: TransportContext): Promise<readonly BatchOutcome[]> {
        batches.push(batch);
        return Promise.all(
          batch.recipients.map(
            async (recipient): Promise<BatchOutcome> => ({
              id: recipient.id,
              ok: true,
              receipt: await take(renderBatchRecipient(batch.mail, recipient), context),
            }),
          ),
        );
      },
    }),
    ...(verify !== undefined && { verify }),
    ...(check !== undefined && { check }),
    async close() {
      closed++;
    },
  };
}

/** The error that a promise rejects with. */
export async function rejection(promise: PromiseLike<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** A message with nothing wrong with it. */
export const hello = {
  from: "Acme <hello@acme.example>",
  to: "ada@example.com",
  subject: "Hi",
  text: "Hello",
} as const;

import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { allFields, MailError, type Transport } from "@mail/core";

/** Sends to a `Sink`: the subject is the mail's number. */
export function sinkTransport(port: number): Transport {
  let socket: Socket | undefined;
  const waiting = new Map<string, PromiseWithResolvers<void>>();
  const open = (): Socket => {
    if (socket !== undefined && !socket.destroyed) return socket;
    const opened = connect(port, "127.0.0.1");
    createInterface({ input: opened }).on("line", (line) => {
      waiting.get(line)?.resolve();
      waiting.delete(line);
    });
    opened.on("error", () => undefined);
    opened.on("close", () => {
      const error = new MailError("The connection broke.", { code: "connection", delivery: "unknown" });
      for (const { reject } of waiting.values()) reject(error);
      waiting.clear();
    });
    socket = opened;
    return opened;
  };
  return {
    name: "sink",
    features: { fields: allFields, envelopeRecipients: true },
    async send({ subject, envelope }) {
      const answer = Promise.withResolvers<void>();
      waiting.set(subject, answer);
      open().write(`${subject}\n`);
      await answer.promise;
      return { status: "sent", accepted: envelope.to, rejected: [] };
    },
  };
}

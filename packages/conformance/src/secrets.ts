import { inspect } from "node:util";
import type { Logger } from "@mail/core";
import { expect } from "vitest";
import type { Capability } from "./conformance-case.ts";
import { failure, send } from "./send-mail.ts";
import type { Subject } from "./subject.ts";

/** Shorter ones stand in other words by chance. */
const shortestSecret = 4;

/** Every way in which a value ends up in a log, a report or a page. */
function shown(value: unknown): string {
  const texts = [inspect(value, { depth: 10, showHidden: true, maxStringLength: null }), String(value)];
  texts.push(JSON.stringify(value, (_, entry: unknown) => (typeof entry === "bigint" ? String(entry) : entry)) ?? "");
  for (let error = value; error instanceof Error; error = error.cause) {
    texts.push(error.message, error.stack ?? "", inspect(error, { depth: 10, showHidden: true }));
  }
  return texts.join("\n");
}

function checkShown({ secrets }: Subject, value: unknown, what: string): void {
  const text = shown(value);
  for (const [index, secret] of secrets.entries()) {
    if (secret.length < shortestSecret) continue;
    for (const form of [secret, Buffer.from(secret).toString("base64"), encodeURIComponent(secret)]) {
      // The secret itself must not stand in the report either.
      expect(text.includes(form), `${what} shows secret ${index}`).toBe(false);
    }
  }
}

function keepingLogger(): { readonly log: Logger; readonly lines: unknown[] } {
  const lines: unknown[] = [];
  const keep = (fields: object, message: string): void => void lines.push([message, fields]);
  return { log: { debug: keep, info: keep, warn: keep, error: keep }, lines };
}

const skip = ({ secrets }: Subject): string | undefined => (secrets.length === 0 ? "there are no secrets" : undefined);

export const secrets: Capability = {
  name: "secrets",
  cases: [
    {
      name: "the transport shows no secret",
      skip,
      async run(subject) {
        checkShown(subject, subject.transport, "the transport");
        await send(subject);
        checkShown(subject, subject.transport, "the transport after a send");
      },
    },
    {
      name: "the receipt and the log show no secret",
      skip,
      async run(subject) {
        const { log, lines } = keepingLogger();
        checkShown(subject, await send(subject, {}, { log }), "the receipt");
        checkShown(subject, lines, "the log");
      },
    },
    {
      name: "no error shows a secret, nor does its cause, its stack or the log",
      skip: (subject) => skip(subject) ?? (subject.faults.length === 0 ? "the other side plays no faults" : undefined),
      async run(subject) {
        for (const { name, code, play } of subject.faults) {
          const { log, lines } = keepingLogger();
          const transport = subject.create({});
          play();
          const error = await failure(send(subject, {}, { log, transport }), name ?? code);
          checkShown(subject, error, `the error ${name ?? code}`);
          checkShown(subject, lines, `the log of ${name ?? code}`);
          await transport.close?.();
        }
      },
    },
  ],
};

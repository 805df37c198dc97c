import { format } from "node:util";
import type { Logger } from "@mail/core";
import type { SMTPConnectionOptions } from "nodemailer/lib/smtp-connection";

type NodemailerLogger = Exclude<SMTPConnectionOptions["logger"], boolean | undefined>;

const mask = "***";

/**
 * Gives nodemailer's dialogue to the app's logger at level debug. Whatever follows the mechanism of an AUTH command
 * is masked, and so is every known secret wherever it turns up.
 */
export function dialogueLogger(logger: Logger, secrets: readonly string[]): NodemailerLogger {
  const hidden = secrets.flatMap((secret) => [secret, Buffer.from(secret).toString("base64")]);
  const clean = (text: string): string =>
    hidden.reduce((masked, secret) => masked.replaceAll(secret, mask), text.replace(/^(AUTH \S+) .+/i, `$1 ${mask}`));
  const write = (entry: unknown, message = "", ...values: readonly unknown[]): void => {
    const { tnx, sid }: { tnx?: unknown; sid?: unknown } = typeof entry === "object" && entry !== null ? entry : {};
    logger.debug({ connection: sid, side: tnx }, clean(format(message, ...values)));
  };
  return { trace: write, debug: write, info: write, warn: write, error: write, fatal: write };
}

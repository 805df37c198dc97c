import { misconfigured } from "./configuration-error.ts";
import { missingLogMethod } from "./logger.ts";
import type { MailerOptions } from "./mailer.ts";
import { messageFields } from "./prepare-message.ts";

const knownOptions = [
  "transport",
  "use",
  "transports",
  "defaults",
  "redirectTo",
  "suppressions",
  "logger",
  "onUnsupported",
];

/** @throws MailError `configuration` that names the option */
export function checkMailerOptions(options: MailerOptions<string>): void {
  if (typeof options !== "object" || options === null) {
    throw misconfigured(
      "options",
      "is no object",
      "Call createMailer({ transport }) or createMailer({ use, transports }).",
    );
  }
  const unknown = Object.keys(options).find((name) => !knownOptions.includes(name));
  if (unknown !== undefined)
    throw misconfigured(unknown, "is not an option of createMailer()", `Options: ${knownOptions.join(", ")}.`);
  const { transport, use, transports, defaults = {}, suppressions, logger, onUnsupported } = options;
  if (transport !== undefined && (use !== undefined || transports !== undefined)) {
    throw misconfigured(
      "transport",
      "is given beside `use` and `transports`",
      "Give either one transport or several by name.",
    );
  }
  const field = Object.keys(defaults).find(
    (name) => name === "idempotencyKey" || !messageFields.some((known) => known === name),
  );
  if (field !== undefined)
    throw misconfigured(`defaults.${field}`, "is no field that all messages can share", "See the fields of a message.");
  if (suppressions !== undefined && typeof suppressions.find !== "function") {
    throw misconfigured("suppressions", "has no method `find`", "Pass a suppression list, such as a tracker's.");
  }
  const missing = logger === undefined ? undefined : missingLogMethod(logger);
  if (missing !== undefined)
    throw misconfigured("logger", `has no method \`${missing}\``, "Pass console, pino or the like.");
  if (onUnsupported !== undefined && !["error", "drop"].includes(onUnsupported)) {
    throw misconfigured(
      "onUnsupported",
      `is ${JSON.stringify(onUnsupported)}`,
      'Use "error" or "drop", or leave it out.',
    );
  }
}

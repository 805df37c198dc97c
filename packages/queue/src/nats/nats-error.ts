import { type DeliveryState, MailError, misconfigured, redactError } from "@mail/core";
import { reasonOf } from "../broker/reason-of.ts";

/** Errors of the client by name: nothing has answered, so that the same call may succeed in a moment. */
const passing: ReadonlySet<string> = new Set([
  "ClosedConnectionError",
  "ConnectionError",
  "DrainingConnectionError",
  "JetStreamNotEnabled",
  "NoRespondersError",
  "RequestError",
  "TimeoutError",
]);

const hints: Readonly<Record<string, string>> = {
  JetStreamNotEnabled: "Start nats-server with JetStream: nats-server -js -sd <folder>.",
  NoRespondersError: "Start nats-server with JetStream: nats-server -js -sd <folder>.",
  JetStreamApiError: "Check the limits of JetStream's storage, and the log of nats-server.",
};

/** What a NATS client threw, as a MailError without secrets. */
export function natsError(thrown: unknown, delivery: DeliveryState, secrets: readonly string[]): MailError {
  return MailError.is(thrown) ? thrown : redactError(explain(thrown, delivery), secrets);
}

function explain(thrown: unknown, delivery: DeliveryState): MailError {
  const reason = reasonOf(thrown);
  const name = nameOf(thrown);
  if (name === "AuthorizationError" || name === "UserAuthenticationExpiredError")
    return misconfigured("servers", `are refused by NATS: ${reason}`, "Check user and password, or the token.");
  if (name === "PermissionViolationError")
    return misconfigured(
      "servers",
      `do not allow it: ${reason}`,
      "Allow this user $JS.API.>, $JS.ACK.>, $KV.> and mail.>.",
    );
  return new MailError(`NATS cannot be reached: ${reason}`, {
    code: "unavailable",
    delivery,
    hint: hints[name] ?? "Check that nats-server runs at this address, and the network between.",
    cause: thrown,
  });
}

export function isPassing(thrown: unknown): boolean {
  return thrown instanceof Error && !MailError.is(thrown) && (passing.has(thrown.name) || "syscall" in thrown);
}

/** JetStream answered, and refused. */
export function isRefusal(thrown: unknown): boolean {
  return nameOf(thrown) === "JetStreamApiError";
}

/** A client's error says of a refused login only in its cause. */
function nameOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return "";
  return thrown.cause instanceof Error && thrown.name === "ConnectionError" ? thrown.cause.name : thrown.name;
}

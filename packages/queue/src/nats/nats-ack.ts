import type { Msg, NatsConnection } from "@nats-io/transport-node";

/** Longest delay of a message in one go, in milliseconds: the server counts in 64 bits of nanoseconds. */
const longestDelayMs = 7 * 86_400_000;
const nanosPerMs = 1_000_000;

/* Answers to a message (NATS documentation, JetStream wire API reference, Acknowledging messages). */
export const ackBody = "+ACK";
export const workingBody = "+WPI";

/** One that is put off for longer comes early, and is put off again by who looks at its time. */
export function nakBody(delayMs: number): string {
  if (delayMs <= 0) return "-NAK";
  return `-NAK ${JSON.stringify({ delay: Math.ceil(Math.min(delayMs, longestDelayMs)) * nanosPerMs })}`;
}

/** Hands it out again. Should the answer get lost, the server does so by itself. */
export function nak(nc: NatsConnection, message: Msg, delayMs = 0): void {
  if (!nc.isClosed()) message.respond(nakBody(delayMs));
}

import { onLateFailure } from "./late-failure.ts";

type LogMethod = (fields: object, message: string) => void;

/** Where the SDK logs: pino's and console's shape. Bodies and secrets are never logged. */
export interface Logger {
  readonly debug: LogMethod;
  readonly info: LogMethod;
  readonly warn: LogMethod;
  readonly error: LogMethod;
}

const ignore: LogMethod = () => undefined;

/** Logs nothing. */
export const silentLogger: Logger = Object.freeze({ debug: ignore, info: ignore, warn: ignore, error: ignore });

const methods = ["debug", "info", "warn", "error"] as const;

/** Does what must not disturb the sending of a mail: what it throws is ignored. */
export function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // The mail's own outcome counts.
  }
}

/** A logger that cannot fail: what the app's own throws is ignored, so that it never fails a mail. */
export function safeLogger(logger: Logger): Logger {
  const guarded = methods.map((method) => [
    method,
    (fields: object, message: string): void => {
      // There is nowhere left to say that it failed.
      quietly(() => onLateFailure(logger[method](fields, message), () => undefined));
    },
  ]);
  return Object.freeze(Object.fromEntries(guarded)) as Logger;
}

/** The first method that a logger lacks. */
export function missingLogMethod(logger: Logger): string | undefined {
  return methods.find((method) => typeof logger[method] !== "function");
}

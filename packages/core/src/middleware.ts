import type { Logger } from "./logger.ts";
import { MailError } from "./mail-error.ts";
import type { Message } from "./message.ts";
import { reasonOf } from "./value-text.ts";

export interface MiddlewareContext {
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** True where the message is the template of a `sendBulk`. */
  readonly bulk: boolean;
}

/** Changes a message before it is checked, such as rendering a template. Runs after the defaults, once per bulk. */
export type Middleware = (message: Message, context: MiddlewareContext) => Message | Promise<Message>;

/** @throws MailError as thrown by a middleware, or `unknown` with scope `message` around whatever else it threw */
export async function applyMiddleware(
  message: Message,
  middleware: readonly Middleware[],
  context: MiddlewareContext,
): Promise<Message> {
  let current = message;
  for (const step of middleware) {
    try {
      current = await step(current, context);
    } catch (cause) {
      if (MailError.is(cause)) throw cause;
      const hint = "Nothing was sent. Mend the middleware, or let it throw a MailError that says what to do.";
      throw new MailError(`A middleware failed: ${reasonOf(cause)}`, {
        code: "unknown",
        scope: "message",
        hint,
        cause,
      });
    }
    if (typeof current !== "object" || current === null) {
      throw new MailError("A middleware returned no message.", {
        code: "configuration",
        hint: "Return the message, changed or not.",
      });
    }
  }
  return current;
}

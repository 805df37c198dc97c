import { MailError } from "@mail/core";

/** The MailError that a call rejects with; anything else is thrown on. */
export async function failure(call: Promise<unknown>): Promise<MailError> {
  const thrown = await call.then(
    () => new Error("it did not fail"),
    (error: unknown) => error,
  );
  if (!MailError.is(thrown)) throw thrown;
  return thrown;
}

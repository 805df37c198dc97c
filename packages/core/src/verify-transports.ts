import { settleAfterAbort } from "./abort.ts";
import { labelOf } from "./deliver.ts";
import { amendError, type MailError, toMailError } from "./mail-error.ts";
import type { VerifyResult } from "./mailer.ts";
import type { Pipeline } from "./pipeline.ts";
import type { ChosenTransport } from "./transport-registry.ts";

/** @throws MailError as the transport found it, with the transport's label */
export async function verifyTransport(
  pipeline: Pipeline,
  { transport, key }: ChosenTransport,
  signal: AbortSignal,
): Promise<void> {
  try {
    const verifying = transport.verify?.(pipeline.context(signal));
    if (verifying !== undefined) await settleAfterAbort(verifying, signal, "not_sent");
  } catch (thrown) {
    const error = amendError(toMailError(thrown), { delivery: "not_sent" });
    throw error.transport === undefined ? amendError(error, { transport: labelOf(transport, key) }) : error;
  }
}

/** Verifies every configured transport side by side. */
export function verifyAll(pipeline: Pipeline, signal: AbortSignal): Promise<readonly VerifyResult[]> {
  return Promise.all(
    pipeline.registry.all().map(async (candidate): Promise<VerifyResult> => {
      if ("error" in candidate) return { transport: candidate.key, ok: false, error: candidate.error, durationMs: 0 };
      const start = performance.now();
      const result = (error?: MailError): VerifyResult => ({
        transport: candidate.label,
        ok: error === undefined,
        ...(error !== undefined && { error }),
        durationMs: performance.now() - start,
      });
      return verifyTransport(pipeline, candidate, signal).then(
        () => result(),
        (thrown: unknown) => result(toMailError(thrown)),
      );
    }),
  );
}

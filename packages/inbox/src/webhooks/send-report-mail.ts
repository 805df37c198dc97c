import { createTransport } from "nodemailer";
import type { Outcome } from "./post-webhook.ts";

interface ReportPost {
  /** `smtp://user:pass@host:port` or `smtps://…`. */
  readonly url: string;
  readonly to: string;
  readonly body: string;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** Sends a report from the null sender, once. */
export async function sendReportMail({ url, to, body, signal, timeoutMs }: ReportPost): Promise<Outcome> {
  const { protocol, hostname, port, username, password } = new URL(url);
  const secure = protocol === "smtps:";
  const auth = username === "" ? undefined : { user: decodeURIComponent(username), pass: decodeURIComponent(password) };
  const timeout = AbortSignal.timeout(timeoutMs);
  const transport = createTransport({
    host: hostname.replace(/^\[|\]$/g, ""),
    port: Number(port) || (secure ? 465 : 25),
    secure,
    // A mail server encrypts where it can, whoever answers (RFC 7435); a password goes to the right one alone.
    tls: { rejectUnauthorized: auth !== undefined },
    ...(auth !== undefined && { auth, forceAuth: true, requireTLS: !secure }),
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  try {
    const info = await transport.sendMail({
      envelope: { from: "", to: [to] },
      raw: body,
      signal: AbortSignal.any([signal, timeout]),
    });
    return { status: Number.parseInt(info.response, 10) };
  } catch (thrown) {
    if (signal.aborted) return { error: "the inbox was closed" };
    if (timeout.aborted) return { error: `no answer within ${timeoutMs} ms` };
    const error = thrown instanceof Error ? thrown.message : String(thrown);
    const code = thrown instanceof Error && "responseCode" in thrown ? Number(thrown.responseCode) : 0;
    return code > 0 ? { status: code, error } : { error };
  }
}

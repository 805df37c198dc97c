/** What came of one try. */
export interface Outcome {
  /** HTTP status or SMTP reply code; absent where there was no answer. */
  readonly status?: number;
  readonly error?: string;
}

interface WebhookPost {
  /** May hold a user and password, which are sent as Basic. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** Posts once. Redirects are not followed: a webhook goes where the user said, and nowhere else. */
export async function postWebhook({ url, headers, body, signal, timeoutMs }: WebhookPost): Promise<Outcome> {
  const { address, authorization } = splitCredentials(url);
  try {
    const response = await fetch(address, {
      method: "POST",
      headers: { ...headers, ...(authorization !== undefined && { Authorization: authorization }) },
      body,
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    await response.body?.cancel();
    return { status: response.status, ...(!response.ok && { error: `answered ${response.status}` }) };
  } catch (thrown) {
    return { error: reasonOf(thrown, timeoutMs) };
  }
}

/** `fetch` takes no credentials in an address. */
export function splitCredentials(url: string): { readonly address: string; readonly authorization?: string } {
  const parsed = new URL(url);
  const { username, password } = parsed;
  parsed.username = "";
  parsed.password = "";
  if (username === "" && password === "") return { address: parsed.href };
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { address: parsed.href, authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
}

function reasonOf(thrown: unknown, timeoutMs: number): string {
  if (!(thrown instanceof Error)) return String(thrown);
  if (thrown.name === "TimeoutError") return `no answer within ${timeoutMs} ms`;
  if (thrown.name === "AbortError") return "the inbox was closed";
  const { cause } = thrown;
  return cause instanceof Error && cause.message !== "" ? cause.message : codeOf(cause) || thrown.message;
}

/** Where all addresses of a host refused, there is a code and no message. */
function codeOf(cause: unknown): string {
  return cause instanceof Error && "code" in cause ? String(cause.code) : "";
}

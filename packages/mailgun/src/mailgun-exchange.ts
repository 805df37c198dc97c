import type { DeliveryState } from "@mail/core";
import type { HttpAnswer, HttpConnections, HttpExchange } from "@mail/core/http";
import type { MultipartBody } from "./multipart-body.ts";

/** An answer as mailgun.js wants it of its HTTP client. */
interface SdkAnswer {
  readonly status: number;
  readonly body: object;
}

/**
 * One request of mailgun.js, over connections of ours: it stands in the place of the SDK's own HTTP client (`axios`,
 * bundled), which takes no signal and no agent, shows no headers, follows redirects with the mail, and unpacks whatever
 * comes.
 */
export class MailgunExchange {
  readonly #connections: HttpConnections;
  readonly #authorization: string;
  readonly #signal: AbortSignal;
  #exchange: HttpExchange | undefined;
  #answer: HttpAnswer | undefined;

  constructor(connections: HttpConnections, authorization: string, signal: AbortSignal) {
    this.#connections = connections;
    this.#authorization = authorization;
    this.#signal = signal;
  }

  /** HTTP status; `undefined` where no answer came. */
  get status(): number | undefined {
    return this.#answer?.status;
  }

  /** A good answer began and did not come to its end. */
  get answerCut(): boolean {
    return this.#answer !== undefined && this.#answer.status < 300 && !this.#answer.complete;
  }

  /** The header `Retry-After`. */
  get retryAfter(): string | undefined {
    return this.#answer?.headers["retry-after"];
  }

  /** Whether the other side may have the whole mail. */
  get handedOver(): boolean {
    return this.#exchange?.handedOver ?? false;
  }

  /** What is known of the mail where no answer came. */
  get delivery(): DeliveryState {
    return this.handedOver ? "unknown" : "not_sent";
  }

  /** The SDK calls it with the form that it has filled. @throws what `mailgunError` reads, as of the SDK itself */
  async makeRequest(url: string, method: string, { data: form }: { readonly data: MultipartBody }): Promise<SdkAnswer> {
    const { protocol, hostname, port, pathname: path } = new URL(url);
    const headers = {
      Accept: "application/json",
      "Accept-Encoding": "identity",
      Authorization: this.#authorization,
      ...form.getHeaders(),
    };
    const request = { protocol, hostname, port, path, method, headers, body: form.content() };
    this.#exchange = this.#connections.send(request, this.#signal);
    this.#answer = await this.#exchange.answer.catch((error: NodeJS.ErrnoException) => {
      throw sdkFailure(undefined, error.code ?? error.message, error.message);
    });
    const { status, statusText } = this.#answer;
    const body = contentOf(this.#answer);
    if (status < 300 && !this.answerCut) return { status, body };
    throw sdkFailure(status, textIn(body, "error") || statusText, textIn(body, "message"));
  }
}

/** What the SDK throws: a status, where there is one, a short message and the details. */
function sdkFailure(status: number | undefined, message: string, details: string): Error {
  return Object.assign(new Error(message), { status, details });
}

/** JSON as what it says, anything else as a message. */
function contentOf({ body }: HttpAnswer): object {
  const text = body.toString();
  try {
    const content: unknown = JSON.parse(text);
    if (typeof content === "object" && content !== null) return content;
  } catch {}
  return { message: text };
}

function textIn(body: object, key: "error" | "message"): string {
  const value = (body as Partial<Record<typeof key, unknown>>)[key];
  return typeof value === "string" ? value : "";
}

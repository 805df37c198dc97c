/** An HTTP answer in a provider's own words. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Empty where absent. */
  readonly body?: string;
}

/** Thrown where a provider would refuse the request. */
export class ApiRefusal extends Error {
  readonly answer: ApiAnswer;

  constructor(answer: ApiAnswer) {
    super(`refused with ${answer.status}`);
    this.name = "ApiRefusal";
    this.answer = answer;
  }
}

/** An answer of JSON. */
export function jsonAnswer(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): ApiAnswer {
  return { status, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) };
}

/** The answer as the web server takes it. */
export function toResponse({ status, headers = {}, body = "" }: ApiAnswer): Response {
  if (status === 204 || status === 304) return new Response(null, { status, headers });
  return body === ""
    ? new Response(null, { status, headers: { "content-length": "0", ...headers } })
    : new Response(body, { status, headers });
}

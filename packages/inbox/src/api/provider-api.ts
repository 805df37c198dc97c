import type { CaughtRequest, Via } from "../caught-mail.ts";
import type { InboxContext } from "../inbox.ts";
import type { ApiAnswer } from "./api-answer.ts";
import type { Credentials } from "./credentials.ts";

/** A request as an endpoint sees it. */
export interface ApiRequest {
  readonly headers: Headers;
  /** Empty for a request without one. */
  readonly body: Uint8Array;
  /** Value of a named part of the path. */
  readonly param: (name: string) => string;
}

/** A request that was let in. */
export interface ApiCall extends ApiRequest {
  readonly hub: InboxContext["hub"];
  readonly inbox: string;
  readonly caught: CaughtRequest;
  readonly receivedAt: Date;
}

/** What to tell in the provider's own error. */
export interface ApiErrorDetails {
  /** Seconds after which to come again. */
  readonly retryAfter?: number | undefined;
  readonly request?: Pick<ApiRequest, "headers" | "param">;
}

/** What is the same for all endpoints of a provider. */
export interface Provider {
  readonly via: Via;
  /** Largest body in bytes. */
  readonly maxBodyBytes: number;
  /** The domain that a request names as its sender. */
  domain?(request: Pick<ApiRequest, "param">): string;
  credentials(headers: Headers): Credentials | undefined;
  /** The provider's error for a status. */
  error(status: number, details: ApiErrorDetails): ApiAnswer;
  /** Answer to a missing key, or to one that is not the inbox's own. */
  unauthorized(headers: Headers): ApiAnswer;
}

/** Who a request mails to, as far as it can be told: it may be wrong in every way. */
export interface RequestAddresses {
  readonly from?: string | undefined;
  readonly to: readonly string[];
}

export interface Endpoint<Form> {
  /** @throws ApiRefusal */
  read(request: ApiRequest): Form | Promise<Form>;
  addresses(form: Form): RequestAddresses;
  /** The body as text, for the page. Default: as it came. */
  show?(form: Form): string;
  /** @throws ApiRefusal */
  answer(form: Form, call: ApiCall): ApiAnswer | Promise<ApiAnswer>;
}

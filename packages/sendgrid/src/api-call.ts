export interface ApiRequest {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: object;
}

export interface PlainAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** One request under way. */
interface ApiCall {
  readonly answer: Promise<PlainAnswer>;
  /** The whole request was written; `undefined` while nothing is seen of it. */
  readonly handedOver: boolean | undefined;
}

/** A way to make requests, with connections of its own. */
export interface ApiCaller {
  call(request: ApiRequest, signal: AbortSignal): Promise<ApiCall>;
  close(): void;
}

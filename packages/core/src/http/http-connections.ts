import http from "node:http";
import https from "node:https";
import { type HttpExchange, type HttpRequest, startExchange } from "./http-exchange.ts";

export interface ConnectionLimits {
  /** Connections at once to one host; further requests wait for a free one. */
  readonly maxConnections: number;
  /** Longest time for making a connection in milliseconds, TLS included. Default: as long as the request may take. */
  readonly connectionTimeoutMs?: number | undefined;
}

/** Idle connections are dropped before the other side drops them, so that a mail is not written into a dead one. */
const maxIdleMs = 4_000;

/**
 * Connections to an API, kept and used again, of which idle ones keep no process alive.
 *
 * Made for handing over mail, in which HTTP clients have faults that matter: they follow redirects with the mail and the
 * key, unpack whatever comes, read answers without end, look for proxies in the environment, and do not tell whether the
 * whole request was written, on which depends whether a failed mail may be sent again.
 */
export class HttpConnections {
  readonly #limits: ConnectionLimits;
  readonly #clearText: http.Agent;
  readonly #encrypted: https.Agent;

  constructor(limits: ConnectionLimits) {
    const options = { keepAlive: true, maxSockets: limits.maxConnections, timeout: maxIdleMs };
    this.#limits = limits;
    this.#clearText = new http.Agent({ ...options, ...proxyOf(http.globalAgent) });
    this.#encrypted = new https.Agent({ ...options, ...proxyOf(https.globalAgent) });
  }

  /** Starts a request, which an abort of `signal` ends at the socket. */
  send(request: HttpRequest, signal: AbortSignal | undefined): HttpExchange {
    const encrypted = request.protocol === "https:";
    const agent = encrypted ? this.#encrypted : this.#clearText;
    return startExchange(encrypted ? https.request : http.request, request, agent, {
      signal,
      connectionTimeoutMs: this.#limits.connectionTimeoutMs,
    });
  }

  /** Lets go of all connections. */
  close(): void {
    this.#clearText.destroy();
    this.#encrypted.destroy();
  }
}

/** The proxy that Node itself was told to use, by `NODE_USE_ENV_PROXY=1`; its types do not show an agent's options. */
function proxyOf(agent: http.Agent & { readonly options?: http.AgentOptions }): Pick<http.AgentOptions, "proxyEnv"> {
  const proxyEnv = agent.options?.proxyEnv;
  return proxyEnv === undefined ? {} : { proxyEnv };
}

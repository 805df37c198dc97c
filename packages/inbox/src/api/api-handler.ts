import type { IncomingMessage } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Context, Handler } from "hono";
import type { FaultAction } from "../fault.ts";
import type { InboxContext } from "../inbox.ts";
import { type ApiAnswer, ApiRefusal, toResponse } from "./api-answer.ts";
import { RequestFault } from "./api-faults.ts";
import { caughtRequest } from "./caught-request.ts";
import { inboxOf } from "./credentials.ts";
import type { ApiCall, ApiRequest, Endpoint, Provider } from "./provider-api.ts";
import { readBody } from "./read-body.ts";
import { RenderedTooLarge } from "./replace-bounded.ts";

/** Answers a provider's endpoint: reads the body, plays the fault that is due, checks the key, hands on. */
export function apiHandler<Form>(context: InboxContext, provider: Provider, endpoint: Endpoint<Form>): Handler {
  const { via } = provider;
  const maxBytes = Math.min(context.maxBytes, provider.maxBodyBytes);
  return async (c) => {
    const { headers } = c.req.raw;
    const receivedAt = new Date();
    const credentials = provider.credentials(headers);
    const inbox = credentials && inboxOf(credentials, context.login);
    const fault = new RequestFault(context.faults);
    const cutAfter = fault.takeBeforeBody({ via, inbox });
    const read = await readBody(c.req.raw, maxBytes, cutAfter);
    if (cutAfter !== undefined || read.end === "cut" || read.end === "gone") return cutConnection(c);

    const body = read.end === "whole" ? read.bytes : Buffer.alloc(0);
    const request: ApiRequest = { headers, body, param: (name) => c.req.param(name) ?? "" };
    const tooLarge = (): ApiRefusal => new ApiRefusal(provider.error(413, { request }));
    const form = read.end === "whole" ? await attempt(() => endpoint.read(request), tooLarge) : tooLarge();
    const addresses = form instanceof ApiRefusal ? { to: [] } : endpoint.addresses(form.value);
    const action = fault.take({ via, inbox, domain: provider.domain?.(request), ...addresses });
    if (action?.type === "drop") return cutConnection(c);
    if (action?.type === "status") return toResponse(faultAnswer(action, provider, request));

    const answer = await ordinary();
    if (action?.type === "delay") await untilGone(action.ms, c.req.raw.signal);
    if (answer instanceof ApiRefusal) return toResponse(answer.answer);
    return action?.type === "lose-answer" ? cutConnection(c) : toResponse(answer.value);

    async function ordinary(): Promise<{ readonly value: ApiAnswer } | ApiRefusal> {
      if (inbox === undefined) return new ApiRefusal(provider.unauthorized(headers));
      if (form instanceof ApiRefusal) return form;
      const { value } = form;
      const shown = endpoint.show?.(value) ?? body.toString();
      const caught = caughtRequest(c.req.raw, shown, addresses.to.length);
      const call: ApiCall = { ...request, hub: context.hub, inbox, caught, receivedAt };
      return attempt(() => endpoint.answer(value, call), tooLarge);
    }
  };
}

/** Waits, but not for a client that went away. */
async function untilGone(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { ref: false, signal }).catch(() => undefined);
}

async function attempt<T>(
  work: () => T | Promise<T>,
  tooLarge: () => ApiRefusal,
): Promise<{ readonly value: T } | ApiRefusal> {
  try {
    return { value: await work() };
  } catch (thrown) {
    if (thrown instanceof ApiRefusal) return thrown;
    if (thrown instanceof RenderedTooLarge) return tooLarge();
    throw thrown;
  }
}

function faultAnswer(
  { status, headers, body, retryAfter }: FaultAction & { readonly type: "status" },
  provider: Provider,
  request: ApiRequest,
): ApiAnswer {
  const own = provider.error(status, { retryAfter, request });
  return {
    status,
    headers: { ...own.headers, ...(retryAfter !== undefined && { "retry-after": String(retryAfter) }), ...headers },
    body: body ?? own.body ?? "",
  };
}

/** Ends the connection without an answer. */
function cutConnection(c: Context): Response {
  const { incoming } = (c.env ?? {}) as { readonly incoming?: IncomingMessage };
  incoming?.socket.destroy();
  return RESPONSE_ALREADY_SENT;
}

import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { getRequestListener } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { checkOptions, type Logger, safeLogger } from "@mail/core";
import { answer } from "../handle-answer.ts";
import { discardRest } from "./discard-rest.ts";
import { passBuffer, requireBody } from "./raw-body.ts";

export interface NodeListenerOptions {
  /** Hears of what the handler threw, and of bodies that were read before. Default: the console. */
  readonly logger?: Logger | undefined;
}

const rules = { logger: { type: ["object", "function"] } } as const;

/**
 * Mounts a handler in Express, Fastify (`request.raw`, `reply.raw`), NestJS or `http.createServer`. The body must come
 * unread, or with its bytes kept as a Buffer in `rawBody` or `body`, since signatures cover them; else 500 is answered.
 * What the handler leaves of a body is thrown away; where it does not end in half a second, the connection is closed.
 * @throws MailError `configuration` that names the option
 */
export function nodeListener(
  handler: (request: Request) => Response | Promise<Response>,
  options: NodeListenerOptions = {},
): (incoming: IncomingMessage, outgoing: ServerResponse) => void {
  checkOptions("nodeListener", options, rules);
  const log = safeLogger(options.logger ?? console);

  const respond = async (request: Request, incoming: IncomingMessage): Promise<Response> => {
    try {
      requireBody(incoming);
      return await handler(request);
    } catch (error) {
      log.error({ ...nameOf(request), error }, "A request could not be answered");
      return answer(500, "error");
    }
  };
  return (incoming, outgoing) => {
    showWholeUrl(incoming);
    passBuffer(incoming);
    outgoing.once("finish", () => discardRest(incoming));
    const listen = getRequestListener(
      async (request) => {
        const response = await respond(request, incoming);
        await send(response, outgoing).catch((error) => {
          if (!isGone(error)) log.error({ ...nameOf(request), error }, "An answer broke off");
          outgoing.destroy();
        });
        return RESPONSE_ALREADY_SENT;
      },
      { overrideGlobalObjects: false },
    );
    void listen(incoming, outgoing);
  };
}

/** Routers of Express take away from `url` the path at which they are mounted. */
function showWholeUrl(incoming: IncomingMessage): void {
  if ("originalUrl" in incoming && typeof incoming.originalUrl === "string") incoming.url = incoming.originalUrl;
}

/** `getRequestListener` would tell the client what broke the answer's body. */
async function send({ status, headers, body }: Response, outgoing: ServerResponse): Promise<void> {
  outgoing.setHeaders(headers).writeHead(status);
  if (body === null) outgoing.end();
  else await pipeline(body, outgoing);
}

function isGone(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_STREAM_PREMATURE_CLOSE";
}

/** Queries hold the tokens of unsubscribe links. */
function nameOf({ method, url }: Request): { readonly method: string; readonly path: string } {
  return { method, path: new URL(url).pathname };
}

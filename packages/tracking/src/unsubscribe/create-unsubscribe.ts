import { type BatchRequest, MailEventError, misconfigured, type PreparedMessage, parseAddress } from "@mail/core";
import { requireScope } from "../new-suppression.ts";
import type { UnsubscribeHandler, UnsubscribeLinkOptions, UnsubscribeOptions } from "./unsubscribe.ts";
import { readAction } from "./unsubscribe-body.ts";
import { UnsubscribeDesk, type UnsubscribeParts } from "./unsubscribe-desk.ts";
import { UnsubscribeLinks } from "./unsubscribe-links.ts";
import { checkUnsubscribeOptions } from "./unsubscribe-options.ts";
import { type PageSubject, pageHeaders, renderPage, type UnsubscribeView } from "./unsubscribe-page.ts";
import type { UnsubscribeTexts } from "./unsubscribe-texts.ts";
import { type UnsubscribeGrant, UnsubscribeTokens, uuidForm } from "./unsubscribe-token.ts";
import { UnsubscribeUrl } from "./unsubscribe-url.ts";

export interface Unsubscribing {
  readonly handler: UnsubscribeHandler;
  /** A mail with its recipient's link, where its `unsubscribe.url` is ours. @throws MailError `invalid_message` */
  forMail(mail: PreparedMessage): PreparedMessage;
  /** The same for a batch: each recipient's link as a value. @throws MailError `invalid_message` */
  forBatch(batch: BatchRequest): BatchRequest;
}

/**
 * One-click unsubscribe (RFC 8058). Without options there is none: links are refused, and the handler answers 404.
 * @throws MailError `configuration` that names the option
 */
export function createUnsubscribe(options: UnsubscribeOptions | undefined, parts: UnsubscribeParts): Unsubscribing {
  if (options === undefined) return withoutUnsubscribe();
  const texts = checkUnsubscribeOptions(options);
  const url = new UnsubscribeUrl(options.url);
  const tokens = new UnsubscribeTokens([options.secret ?? []].flat());
  const links = new UnsubscribeLinks(url, tokens);
  const desk = new UnsubscribeDesk(parts);
  const answer = answers(texts);
  const handle = async (request: Request): Promise<Response> => {
    const { method } = request;
    if (!["GET", "HEAD", "POST"].includes(method)) return answer("badRequest", 405, { allow: "GET, HEAD, POST" });
    const grant = tokens.open(url.tokenIn(request.url));
    if (grant === undefined) return answer("badLink", 400);
    return method === "POST" ? await post(request, grant, desk, answer) : answer("ask", 200, {}, grant);
  };
  const handler: UnsubscribeHandler = Object.assign(
    async (request: Request) => {
      const response = await handle(request);
      return request.method === "HEAD" ? new Response(null, response) : response;
    },
    {
      url: ({ scope = "" }: UnsubscribeLinkOptions = {}) => url.forScope(scope),
      linkFor: (
        address: Parameters<typeof parseAddress>[0],
        { scope = "", mailId }: UnsubscribeLinkOptions & { readonly mailId?: string | undefined } = {},
      ) => {
        if (mailId !== undefined && !uuidForm.test(mailId))
          throw misconfigured("mailId", "is no mail's id", "Pass `receipt.id`, or leave it out.");
        const { address: parsed } = parseAddress(address, "address", "invalid_recipient");
        return links.link(parsed, requireScope(scope, "scope"), mailId);
      },
    },
  );
  return { handler, forMail: (mail) => links.forMail(mail), forBatch: (batch) => links.forBatch(batch) };
}

type Answer = (
  view: UnsubscribeView,
  status: number,
  headers?: Readonly<Record<string, string>>,
  subject?: PageSubject,
) => Response;

function answers(texts: UnsubscribeTexts): Answer {
  const common = pageHeaders();
  return (view, status, headers = {}, subject) =>
    new Response(renderPage(view, texts, subject), { status, headers: { ...common, ...headers } });
}

/** Answers at once and never redirects, as RFC 8058 section 3.1 asks for. */
async function post(
  request: Request,
  grant: UnsubscribeGrant,
  desk: UnsubscribeDesk,
  answer: Answer,
): Promise<Response> {
  try {
    const action = await readAction(request);
    if (action === undefined) return answer("badRequest", 400);
    if (action === "unsubscribe") await desk.unsubscribe(grant);
    else await desk.subscribe(grant);
    return answer(action === "unsubscribe" ? "done" : "undone", 200, {}, grant);
  } catch (thrown) {
    if (MailEventError.is(thrown)) {
      desk.tell(thrown, "A POST to the unsubscribe link could not be read");
      return answer("badRequest", thrown.code === "too_large" ? 413 : 400);
    }
    desk.tell(thrown, "The suppression list could not be reached");
    return answer("failed", 503, { "retry-after": "60" });
  }
}

function withoutUnsubscribe(): Unsubscribing {
  const missing = (): never => {
    throw misconfigured(
      "unsubscribe",
      "is not set up in createTracker()",
      'Give createTracker({ unsubscribe: { url: "https://app.example/unsubscribe", secret } }).',
    );
  };
  return {
    handler: Object.assign(async () => new Response("Not found", { status: 404 }), { url: missing, linkFor: missing }),
    forMail: (mail) => mail,
    forBatch: (batch) => batch,
  };
}

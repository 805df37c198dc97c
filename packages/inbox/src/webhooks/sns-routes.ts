import { randomUUID } from "node:crypto";
import { escapeHtml } from "@mail/core";
import type { Context } from "hono";
import { Hono } from "hono";
import type { Webhooks } from "../webhook.ts";

const maxFormBytes = 10_000;

/**
 * What subscribers ask of SNS: the certificate, and to confirm or end their subscription, by the address in a message
 * (`GET`) or by an SDK with this address as endpoint (`POST`).
 */
export function snsRoutes({ keys, subscription }: Pick<Webhooks, "keys" | "subscription">): Hono {
  const routes = new Hono();
  routes.get("/sns/certificate.pem", (c) =>
    c.body(keys.sesCertificate, 200, { "content-type": "application/x-pem-file" }),
  );
  for (const path of ["/sns", "/sns/"]) {
    routes.get(path, (c) => answer(c, new URL(c.req.url).searchParams));
    routes.post(path, async (c) => {
      if (Number(c.req.header("content-length") ?? Number.NaN) <= maxFormBytes)
        return answer(c, new URLSearchParams(await c.req.text()));
      return failure(c, 413, "InvalidParameter", "The request is too large or has no length.");
    });
  }
  return routes;

  function answer(c: Context, query: URLSearchParams): Response {
    const action = query.get("Action");
    if (action === "ConfirmSubscription") {
      const known = query.get("TopicArn") === keys.sesTopicArn;
      const arn = known ? subscription.confirm(query.get("Token") ?? "") : undefined;
      if (arn === undefined) return failure(c, 400, "InvalidParameter", "Invalid parameter: Token");
      return success(c, action, `<SubscriptionArn>${escapeHtml(arn)}</SubscriptionArn>`);
    }
    if (action === "Unsubscribe") {
      if (subscription.end(query.get("SubscriptionArn") ?? "")) return success(c, action);
      return failure(c, 404, "NotFound", "Subscription does not exist");
    }
    return failure(c, 400, "InvalidAction", "Only ConfirmSubscription and Unsubscribe are played here.");
  }
}

function success(c: Context, action: string, result?: string): Response {
  const inner = result === undefined ? "" : `<${action}Result>${result}</${action}Result>`;
  return xml(c, 200, `${action}Response`, inner + metadata());
}

function failure(c: Context, status: 400 | 404 | 413, code: string, message: string): Response {
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>`;
  return xml(c, status, "ErrorResponse", `${error}<RequestId>${randomUUID()}</RequestId>`);
}

function metadata(): string {
  return `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata>`;
}

function xml(c: Context, status: 200 | 400 | 404 | 413, root: string, inner: string): Response {
  const body = `<${root} xmlns="http://sns.amazonaws.com/doc/2010-03-31/">${inner}</${root}>`;
  return c.body(body, status, { "content-type": "text/xml" });
}

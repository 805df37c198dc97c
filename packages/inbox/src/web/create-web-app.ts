import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { InboxContext } from "../inbox.ts";
import { answerError, bodyTooLarge, notFound } from "./api-error.ts";
import { eventRoutes } from "./event-routes.ts";
import { faultRoutes } from "./fault-routes.ts";
import { infoRoutes } from "./info-routes.ts";
import { linkRoutes } from "./link-routes.ts";
import { mailPartRoutes } from "./mail-part-routes.ts";
import { mailRoutes } from "./mail-routes.ts";
import { pageRoutes } from "./page-routes.ts";
import { previewRoutes } from "./preview-routes.ts";
import { releaseRoutes } from "./release-routes.ts";
import { guardHost, guardOrigin, securityHeaders } from "./security.ts";
import { waitRoutes } from "./wait-routes.ts";
import type { WebOptions } from "./web-options.ts";
import { webhookRoutes } from "./webhook-routes.ts";

/** Largest body of our own API in bytes; the providers' APIs have their own limits. */
const maxApiBytes = 1024 * 1024;

/** Everything that the web port answers: the page, our JSON API and the providers' APIs. */
export function createWebApp(context: InboxContext, options: WebOptions): Hono {
  const app = new Hono();
  app.use(securityHeaders());
  app.use(guardHost(() => [...(options.allowedHosts ?? []), new URL(options.urls().web).hostname]));
  app.use(guardOrigin());
  app.route("/api/v1", createApi(context, options));
  app.route("/preview", previewRoutes(context));
  for (const api of options.apis) app.route("/", api);
  app.route("/", pageRoutes(options.uiFolder));
  app.notFound(notFound);
  app.onError(answerError);
  return app;
}

function createApi(context: InboxContext, options: WebOptions): Hono {
  const api = new Hono();
  api.use(bodyLimit({ maxSize: maxApiBytes, onError: bodyTooLarge }));
  const routes = [
    infoRoutes(context, options),
    mailRoutes(context),
    mailPartRoutes(context),
    linkRoutes(context, options),
    waitRoutes(context),
    eventRoutes(context),
    faultRoutes(context),
    webhookRoutes(context),
    releaseRoutes(context, options.release),
  ];
  for (const route of routes) api.route("/", route);
  api.all("*", notFound);
  api.onError(answerError);
  return api;
}

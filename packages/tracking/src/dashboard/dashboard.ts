import { checkOptions, type Logger, MailError, misconfigured } from "@mail/core";
import { createAdmit } from "./admit.ts";
import { pageAnswer } from "./answer.ts";
import type { DashboardOptions } from "./dashboard-options.ts";
import type { DashboardSource } from "./dashboard-source.ts";
import { broken, forbidden, notFound, otherOrigin, problemPage, remote, storeAway } from "./error-pages.ts";
import { createFormat } from "./format.ts";
import { createLayout, type Page } from "./page.ts";
import { Refusal } from "./refusal.ts";
import { createRoutes } from "./routes.ts";
import { isSameOrigin } from "./same-origin.ts";

const rules = {
  authorize: { type: "function" },
  basePath: { type: "string" },
  locale: { type: "string" },
  title: { type: "string" },
} as const;

/**
 * Pages that show what became of mails, as a handler to mount.
 * @throws MailError `configuration` that names the option, and in production where `authorize` is missing
 */
export function createDashboard(
  source: DashboardSource,
  options: DashboardOptions,
  log: Logger,
): (request: Request) => Promise<Response> {
  checkOptions("dashboard", options, rules);
  const admit = createAdmit(options);
  const isOurs = pathCheck(options.basePath);
  const layout = createLayout(options.title ?? "Mail");
  const routes = createRoutes(source, createFormat(checkLocale(options.locale)));
  const show = (status: number, page: Page, headers?: Readonly<Record<string, string>>): Response =>
    pageAnswer(status, layout(page), headers);

  const respond = async (request: Request): Promise<Response> => {
    const { pathname, searchParams } = new URL(request.url);
    const route = isOurs(pathname) ? routes(searchParams.get("view") ?? "overview") : undefined;
    if (route === undefined) return show(404, notFound);
    const handle = request.method === "POST" ? route.post : isRead(request) ? route.get : undefined;
    if (handle === undefined) {
      return show(405, notFound, { Allow: route.post === undefined ? "GET, HEAD" : "GET, HEAD, POST" });
    }
    if (request.method === "POST" && !isSameOrigin(request)) return show(403, otherOrigin);
    const result = await handle(request, searchParams);
    return result instanceof Response ? result : show(result.status, result.page);
  };

  return async (request) => {
    const barred = await admit(request);
    if (barred === "remote") return show(403, remote);
    if (barred === "forbidden") return show(403, forbidden);
    if (barred !== undefined) return barred;
    try {
      const response = await respond(request);
      return request.method === "HEAD" ? new Response(null, response) : response;
    } catch (error) {
      return errorAnswer(error, log, show);
    }
  };
}

function isRead({ method }: Request): boolean {
  return method === "GET" || method === "HEAD";
}

function errorAnswer(
  error: unknown,
  log: Logger,
  show: (status: number, page: Page, headers?: Readonly<Record<string, string>>) => Response,
): Response {
  if (error instanceof Refusal) return show(error.status, problemPage(error.message, error.hint));
  if (MailError.is(error) && error.code === "configuration")
    return show(
      400,
      problemPage("This cannot be shown", "The address of this page holds something that is not valid."),
    );
  log.error({ error }, "The dashboard could not show a page");
  if (MailError.is(error) && error.retryable) return show(503, storeAway, { "Retry-After": "30" });
  return show(500, broken);
}

function pathCheck(basePath: string | undefined): (pathname: string) => boolean {
  if (basePath === undefined) return () => true;
  if (!/^\/[^?#\s]*$/.test(basePath))
    throw misconfigured("basePath", "must be a path", "Write it as /admin/mail, without a host.");
  const base = withoutSlash(new URL(basePath, "http://localhost").pathname);
  return (pathname) => withoutSlash(pathname) === base;
}

function withoutSlash(path: string): string {
  return path.replace(/\/$/, "");
}

function checkLocale(locale = "en"): string {
  try {
    return Intl.getCanonicalLocales(locale)[0] ?? "en";
  } catch {
    throw misconfigured("locale", "is no language tag", "Write one such as en-GB or de.");
  }
}

import { answer } from "./answer.ts";
import type { DashboardSource } from "./dashboard-source.ts";
import { notFound } from "./error-pages.ts";
import type { Format } from "./format.ts";
import type { View } from "./link.ts";
import { eventsPage } from "./mail/events-page.ts";
import { mailPage } from "./mail/mail-page.ts";
import { overviewPage } from "./overview/overview-page.ts";
import type { Page } from "./page.ts";
import { cleanText } from "./query-text.ts";
import { style } from "./styles/style.ts";
import { addPage, addSuppression } from "./suppressions/add-page.ts";
import { exportCsv } from "./suppressions/export-csv.ts";
import { importPage, importSuppressions } from "./suppressions/import-page.ts";
import { suppressionsPage } from "./suppressions/list-page.ts";
import { removePage, removeSuppression } from "./suppressions/remove-page.ts";

type Result = Response | { readonly status: number; readonly page: Page };
type Handle = (request: Request, query: URLSearchParams) => Promise<Result>;

export interface Route {
  readonly get: Handle;
  readonly post?: Handle;
}

const maxId = 200;

/** Of each view. */
export function createRoutes(source: DashboardSource, format: Format): (view: string) => Route | undefined {
  const routes: Readonly<Record<View, Route>> = {
    overview: { get: async (_, query) => ok(await overviewPage(source, query, format)) },
    mail: {
      get: async (_, query) => {
        const id = cleanText(query.get("id"), maxId);
        return id === "" ? ok(await eventsPage(source, query, format)) : mailPage(source, id, format);
      },
    },
    suppressions: { get: async (_, query) => ok(await suppressionsPage(source, query, format)) },
    suppress: {
      get: async () => ok(addPage()),
      post: async (request) => {
        const result = await addSuppression(source, request);
        return result instanceof Response ? result : { status: 422, page: result };
      },
    },
    unsuppress: {
      get: async (_, query) => {
        const page = await removePage(source, query, format);
        return page === undefined ? { status: 404, page: notFound } : ok(page);
      },
      post: (request) => removeSuppression(source, request),
    },
    import: {
      get: async () => ok(importPage()),
      post: async (request) => ok(await importSuppressions(source, request, format)),
    },
    export: { get: (_, query) => exportCsv(source, query) },
    style: { get: async () => answer(200, style, { "Content-Type": "text/css; charset=utf-8" }) },
  };
  return (view) => (Object.hasOwn(routes, view) ? routes[view as View] : undefined);
}

function ok(page: Page): Result {
  return { status: 200, page };
}

import { answer } from "../answer.ts";
import type { DashboardSource } from "../dashboard-source.ts";
import { readFilter } from "./list-page.ts";

/** The list as a file, read as it is sent. Asks once before, so that a store that is away gets a page that says so. */
export async function exportCsv({ suppressions }: DashboardSource, query: URLSearchParams): Promise<Response> {
  const filter = readFilter(query);
  await suppressions.list({ ...filter, limit: 1 });
  return answer(200, suppressions.export(filter), {
    "Content-Type": "text/csv; charset=utf-8",
    "Content-Disposition": 'attachment; filename="suppressions.csv"',
  });
}

import { describe, expect, test, vi } from "vitest";
import { openDashboard, send } from "../dashboard.fixture.ts";

/** What stands in the page, without its elements. */
const words = (page: string): string => page.replace(/<[^>]*>/g, " ").replace(/\s+/g, " ");

async function filled() {
  const dashboard = openDashboard();
  await send(dashboard, "m1", { tags: ["order"] }, [{ type: "sent" }, { type: "delivered" }, { type: "opened" }]);
  await send(dashboard, "m2", { recipient: "x@example.org", tags: ["order", "news"], transport: "relay" }, [
    { type: "sent" },
    { type: "bounced", permanent: true, reason: "invalid" },
  ]);
  return dashboard;
}

describe("the overview", () => {
  test("shows totals and shares", async () => {
    const text = words(await (await filled()).page());
    expect(text).toContain("Sent 2 one for each recipient");
    expect(text).toContain("Delivered 1 50.0% of mails");
    expect(text).toContain("Bounced 1 50.0%, 1 for good");
    expect(text).toContain("Complained 0 0% of mails");
  });

  test("groups by transport, tag and domain", async () => {
    const text = words(await (await filled()).page());
    expect(text).toContain("ses 1 100% 0% 0% 100%");
    expect(text).toContain("relay 1 0% 100% 0% 0%");
    expect(text).toContain("order 2 50.0% 50.0% 0% 50.0%");
    expect(text).toContain("example.org 1 0% 100% 0% 0%");
  });

  test("says that a handful of mails is too few to judge by", async () => {
    const text = words(await (await filled()).page());
    expect(text.match(/Too few mails to tell/g)).toHaveLength(2);
    expect(text).not.toContain("act now");
  });

  test.each(["", "?range=7d", "?range=24h"])(
    "every chart of %j has a name, a summary and all numbers as a table",
    async (query) => {
      const page = await (await filled()).page(query);
      for (const id of ["volume", "engagement", "trouble"]) {
        expect(page).toContain(`<svg role="img" aria-labelledby="${id}-title" aria-describedby="${id}-desc">`);
        expect(page).toMatch(new RegExp(`id="${id}-title">[A-Z]`));
      }
      expect(words(page)).toMatch(/Sent: 2 in all, most on [^(]+\(2\)\. Delivered: 1 in all/);
      const rows = page
        .slice(page.indexOf("step-table"))
        .match(/<tr role="row"><th role="rowheader" scope="row"><time/g);
      expect(rows?.length).toBe({ "": 30, "?range=7d": 7, "?range=24h": 24 }[query]);
    },
  );

  test("folds away what is beyond the first eight groups", async () => {
    const dashboard = openDashboard();
    for (let index = 0; index < 12; index += 1)
      await send(dashboard, `m${index}`, { recipient: `a@d${index}.example` }, [{ type: "sent" }]);
    expect(words(await dashboard.page())).toContain("4 more By recipient’s domain, continued");
  });

  test("says how to begin while there is nothing", async () => {
    const text = words(await openDashboard().page());
    expect(text).toContain("No mail yet");
    expect(text).toContain("tracker.transport(");
  });

  test("tells an empty time from an empty store", async () => {
    const text = words(await (await filled()).page("?from=2020-01-01&to=2020-01-02"));
    expect(text).toContain("Nothing happened in this time");
  });

  test("shows why a time cannot be shown", async () => {
    const page = await (await filled()).page("?from=2026-02-30&to=2026-03-01");
    expect(page).toMatch(/role="alert">Give both days as YYYY-MM-DD/);
  });
});

describe("how often the store is asked", () => {
  test.each([
    ["", { counts: 5 }],
    ["?range=90d", { counts: 5 }],
    ["?range=24h", { counts: 28 }],
    ["?view=mail", { recent: 1 }],
    ["?view=mail&id=m1", { mail: 1, outcomes: 1, events: 1 }],
    ["?view=suppressions", { list: 1, counts: 1 }],
    ["?view=suppress", {}],
  ])("%j asks as often whatever there is", async (query, expected) => {
    const dashboard = await filled();
    const { tracking, suppressions } = dashboard.store;
    const spies = [
      ...(["counts", "recent", "mail", "outcomes", "events"] as const).map((name) => vi.spyOn(tracking, name)),
      ...(["counts", "list", "find"] as const).map((name) => vi.spyOn(suppressions, name)),
    ];
    await dashboard.page(query);
    const asked: Record<string, number> = {};
    for (const { mock, getMockName } of spies)
      if (mock.calls.length > 0) asked[getMockName()] = (asked[getMockName()] ?? 0) + mock.calls.length;
    expect(asked).toEqual(expected);
  });
});

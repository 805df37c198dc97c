import { describe, expect, test } from "vitest";
import { openDashboard } from "../dashboard.fixture.ts";

const words = (page: string): string => page.replace(/<[^>]*>/g, " ").replace(/\s+/g, " ");
const csvForm = (csv: string, reason = ""): FormData => {
  const form = new FormData();
  form.set("file", new Blob([csv], { type: "text/csv" }), "list.csv");
  form.set("reason", reason);
  return form;
};

describe("the list", () => {
  test("counts reasons, filters by them, searches by beginning, and comes in pages", async () => {
    const dashboard = openDashboard();
    const many = Array.from({ length: 70 }, (_, index) => ({
      address: `b${String(index).padStart(2, "0")}@example.com`,
    }));
    await dashboard.tracker.suppressions.add([...many, { address: "ada@example.com", reason: "complained" }]);
    const first = await dashboard.page("?view=suppressions");
    expect(words(first)).toMatch(/Complained 1 .*Added by hand 70/);
    const next = /href="([^"]+)">Next page</.exec(first)?.[1]?.replaceAll("&amp;", "&");
    const second = await dashboard.page(next);
    expect([second.includes("b69@example.com"), second.includes("ada@example.com")]).toEqual([true, false]);
    expect(words(await dashboard.page("?view=suppressions&reason=complained"))).not.toContain("b00@");
    const found = words(await dashboard.page("?view=suppressions&prefix=B1"));
    expect([found.includes("b19@example.com"), found.includes("b20@example.com")]).toEqual([true, false]);
  });

  test("says so where nothing is on it", async () => {
    expect(await openDashboard().page("?view=suppressions")).toContain("No address is suppressed.");
  });
});

describe("adding an address", () => {
  test("keeps reason, scope, last day and note, and leads to the entry", async () => {
    const dashboard = openDashboard();
    const form = {
      address: " Ada@Example.com ",
      reason: "complained",
      scope: "news",
      until: "2099-12-31",
      note: "by phone",
    };
    const answer = await dashboard.post("?view=suppress", form);
    expect(answer.status).toBe(303);
    const page = await dashboard.page(answer.headers.get("location") ?? "");
    expect(words(page)).toContain("The address is on the list.");
    const [entry] = await dashboard.tracker.suppressions.get("ada@example.com");
    expect(entry).toMatchObject({ reason: "complained", scope: "news", note: "by phone" });
    expect(entry?.expiresAt).toBe(Date.parse("2100-01-01T00:00:00Z"));
  });

  test("says where it was there already", async () => {
    const dashboard = openDashboard();
    await dashboard.post("?view=suppress", { address: "ada@example.com" });
    const answer = await dashboard.post("?view=suppress", { address: "ADA@example.com" });
    expect(answer.headers.get("location")).toContain("done=known");
  });

  test.each([
    [{ address: "" }, "Give an address."],
    [{ address: "not an address" }, "address"],
    [{ address: "ada@example.com", until: "2020-01-01" }, "must be a day to come"],
    [{ address: "ada@example.com", until: "soon" }, "must be a day to come"],
  ])("%j is refused with words, and what was typed stays", async (form, problem) => {
    const dashboard = openDashboard();
    const answer = await dashboard.post("?view=suppress", { ...form, note: "keep <me>" });
    const page = await answer.text();
    expect(answer.status).toBe(422);
    expect(page).toMatch(new RegExp(`role="alert">.*${problem}`));
    expect(page).toContain('value="keep &lt;me&gt;"');
    expect(await dashboard.tracker.suppressions.counts()).toMatchObject({ manual: 0 });
  });
});

describe("removing an address", () => {
  test("asks first, and takes off that entry alone", async () => {
    const dashboard = openDashboard();
    await dashboard.tracker.suppressions.add([
      { address: "ada@example.com", reason: "complained" },
      { address: "ada@example.com", reason: "unsubscribed", scope: "news" },
    ]);
    const list = await dashboard.page("?view=suppressions");
    const links = [...list.matchAll(/href="(\?view=unsuppress[^"]+)"/g)].map(([, to]) => to?.replaceAll("&amp;", "&"));
    expect(links).toHaveLength(2);
    const question = await dashboard.page(links.find((to) => to?.includes("news")));
    expect(words(question)).toMatch(/Mail this address again\?.*Unsubscribed.*news/);
    const fields = Object.fromEntries(
      [...question.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)">/g)].map(([, name, value]) => [
        name,
        value,
      ]),
    );
    const answer = await dashboard.post("?view=unsuppress", fields);
    expect(answer.headers.get("location")).toBe("?view=suppressions&done=removed");
    expect(await dashboard.tracker.suppressions.get("ada@example.com")).toMatchObject([{ reason: "complained" }]);
    expect((await dashboard.post("?view=unsuppress", fields)).headers.get("location")).toContain("done=gone");
  });

  test.each(["", "&address=ada@example.com&reason=bounced", "&address=ada@example.com&reason=nothing"])(
    "what is not on the list is 404: %j",
    async (query) => expect((await openDashboard().get(`?view=unsuppress${query}`)).status).toBe(404),
  );
});

describe("CSV", () => {
  test("goes out as a file, filtered like the list, and comes in again", async () => {
    const dashboard = openDashboard();
    await dashboard.tracker.suppressions.add([
      { address: "ada@example.com", reason: "complained", note: '=1+1, "quoted"' },
      { address: "bob@example.com" },
    ]);
    const answer = await dashboard.get("?view=export&reason=complained");
    expect(answer.headers.get("content-type")).toBe("text/csv; charset=utf-8");
    expect(answer.headers.get("content-disposition")).toBe('attachment; filename="suppressions.csv"');
    const csv = await answer.text();
    expect([csv.includes("ada@example.com"), csv.includes("bob@example.com")]).toEqual([true, false]);
    const other = openDashboard();
    const report = await other.post("?view=import", csvForm(csv));
    expect(words(await report.text())).toContain("1 added, 0 there already, 0 not taken.");
    const [entry] = await other.tracker.suppressions.get("ada@example.com");
    expect(entry).toMatchObject({ reason: "complained", note: '=1+1, "quoted"' });
  });

  test("rows that are not taken are named by their line", async () => {
    const dashboard = openDashboard();
    const csv = "email\nada@example.com\nnonsense\nbob@example.com\n";
    const page = words(await (await dashboard.post("?view=import", csvForm(csv, "unsubscribed"))).text());
    expect(page).toMatch(/2 added, 0 there already, 1 not taken\..*Line Problem 3 /);
    expect(await dashboard.tracker.suppressions.counts()).toMatchObject({ unsubscribed: 2 });
  });

  test.each([
    ["no column of addresses", csvForm("name,age\nada,36\n")],
    ["an empty file", csvForm("")],
    ["no file", new FormData()],
  ])("%s is refused with words", async (_, form) => {
    expect(await (await openDashboard().post("?view=import", form)).text()).toContain('role="alert"');
  });

  test("a file above 10 MiB is refused without being read to its end", async () => {
    let pulled = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled += 1;
        controller.enqueue(new Uint8Array(1024 * 1024));
      },
    });
    const headers = { "sec-fetch-site": "same-origin", "content-type": "multipart/form-data; boundary=x" };
    const streamed = { method: "POST", body, headers, duplex: "half" };
    const answer = await openDashboard().get("?view=import", streamed);
    expect([answer.status, await answer.text()]).toEqual([413, expect.stringContaining("At most 10240 KiB")]);
    expect(pulled).toBeLessThan(20);
  });

  test.each([
    ["application/json", 415],
    ["multipart/form-data; boundary=x", 400],
    ["multipart/form-data", 400],
  ])("a body of %s that is no form is refused", async (type, status) => {
    const headers = { "sec-fetch-site": "same-origin", "content-type": type };
    const answer = await openDashboard().get("?view=import", { method: "POST", body: "{}", headers });
    expect(answer.status).toBe(status);
  });
});

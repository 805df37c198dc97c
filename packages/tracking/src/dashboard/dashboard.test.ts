import { MailError, memoryStore, type Store } from "@mail/core";
import { afterEach, describe, expect, test, vi } from "vitest";
import { createTracker } from "../create-tracker.ts";
import { openDashboard, origin, path, send } from "./dashboard.fixture.ts";

const tracker = createTracker();
const code = (make: () => unknown): unknown => {
  try {
    return make();
  } catch (error) {
    return MailError.is(error) ? [error.code, error.field] : error;
  }
};

describe("who may see the dashboard", () => {
  afterEach(() => void vi.unstubAllEnvs());

  test("it does not start in production without authorize", () => {
    vi.stubEnv("NODE_ENV", "production");
    expect(code(() => tracker.dashboard())).toEqual(["configuration", "authorize"]);
    expect(tracker.dashboard({ authorize: () => true })).toBeTypeOf("function");
  });

  test.each([
    ["localhost", {}],
    ["127.0.0.1:3000", {}],
    ["[::1]:3000", {}],
    ["localhost", { "x-forwarded-host": "localhost:3000", "x-forwarded-for": "::1" }],
  ])("without authorize it answers %s", async (host, headers) => {
    const answer = await tracker.dashboard()(new Request(`http://${host}/`, { headers: { ...headers, host } }));
    expect(answer.status).toBe(200);
  });

  test.each([
    ["another name", "http://rebound.example/", {}],
    ["another name as Host", "http://localhost/", { host: "rebound.example" }],
    ["a name below localhost", "http://a.localhost/", {}],
    ["an address of the network", "http://192.0.2.1/", {}],
    ["a name that begins like an address", "http://127.0.0.1.rebound.example/", {}],
    ["a user name that looks like a host", "http://localhost/", { host: "localhost@rebound.example" }],
    ["a proxy for another name", "http://localhost/", { "x-forwarded-host": "mail.acme.example" }],
    ["a proxy for somebody else", "http://localhost/", { "x-forwarded-for": "203.0.113.9, 127.0.0.1" }],
    ["nginx for somebody else", "http://localhost/", { "x-real-ip": "203.0.113.9" }],
    ["a proxy by RFC 7239", "http://localhost/", { forwarded: "for=203.0.113.9" }],
  ])("without authorize it refuses %s", async (_, url, headers) => {
    const answer = await tracker.dashboard()(new Request(url, { headers }));
    expect([answer.status, await answer.text()]).toEqual([403, expect.stringContaining("Only from this machine")]);
  });

  test.each([false, undefined, null, 1, "yes", {}])("it refuses where authorize says %j", async (said) => {
    const authorize = (() => said) as () => boolean;
    for (const view of ["", "?view=style", "?view=export", "?view=nothing"])
      expect((await openDashboard({ authorize }).get(view)).status).toBe(403);
  });

  test("it passes on a Response of authorize, and asks it before anything is done", async () => {
    const seen: string[] = [];
    const dashboard = openDashboard({
      authorize: async (request) => {
        seen.push(`${request.method} ${new URL(request.url).search}`);
        return new Response(null, { status: 302, headers: { location: "/login" } });
      },
    });
    const answer = await dashboard.post("?view=suppress", { address: "ada@example.com" });
    expect([answer.status, answer.headers.get("location")]).toEqual([302, "/login"]);
    expect(seen).toEqual(["POST ?view=suppress"]);
    expect(await dashboard.tracker.suppressions.get("ada@example.com")).toEqual([]);
  });

  test("it never answers where authorize fails", async () => {
    const dashboard = openDashboard({ authorize: () => Promise.reject(new Error("no session store")) });
    await expect(dashboard.get()).rejects.toThrow("no session store");
  });
});

describe("the options of the dashboard", () => {
  test.each([
    [{ authorize: true }, "authorize"],
    [{ basePath: "admin" }, "basePath"],
    [{ basePath: "https://acme.example/admin" }, "basePath"],
    [{ locale: "not a locale" }, "locale"],
    [{ title: "" }, "title"],
    [{ theme: "dark" }, "theme"],
  ])("%j is refused", (options, field) => {
    expect(code(() => tracker.dashboard(options as object))).toEqual(["configuration", field]);
  });

  test("locale decides how numbers are written, title what the pages are called", async () => {
    const dashboard = openDashboard({ locale: "de", title: "Post <1>" });
    await send(dashboard, "m1", {}, [{ type: "sent" }, { type: "delivered" }]);
    for (const id of ["m2", "m3"]) await send(dashboard, id, {}, [{ type: "sent" }]);
    const text = await dashboard.page();
    expect(text).toContain("<title>Overview · Post &lt;1&gt;</title>");
    expect(text).toContain("33,3\u00a0%");
  });
});

describe("where the dashboard is mounted", () => {
  test.each(["/admin/mail", "/admin/mail/"])("with basePath it answers %s and nothing else", async (asked) => {
    const dashboard = tracker.dashboard({ authorize: () => true, basePath: "/admin/mail" });
    expect((await dashboard(new Request(`${origin}${asked}`))).status).toBe(200);
    const other = await dashboard(new Request(`${origin}/admin/mail/favicon.ico`));
    expect([other.status, await other.text()]).toEqual([404, expect.stringContaining("no such page")]);
  });

  test("all links and forms are relative to its path, so that it works anywhere", async () => {
    const dashboard = openDashboard();
    await send(dashboard, "m1", {}, [{ type: "bounced", permanent: true }]);
    for (const view of ["", "?view=mail", "?view=mail&id=m1", "?view=suppressions", "?view=suppress", "?view=import"]) {
      const text = await dashboard.page(view);
      const targets = [...text.matchAll(/(?:href|action)="([^"]*)"/g)].map(([, target]) => target ?? "");
      expect(
        targets.filter(
          (target) => !/^(\?view=|#|data:image|https:\/\/(docs\.aws|support\.google|senders\.yahooinc))/.test(target),
        ),
      ).toEqual([]);
      expect(targets.length).toBeGreaterThan(3);
    }
  });

  test("an unknown view is 404, another method 405", async () => {
    const dashboard = openDashboard();
    expect((await dashboard.get("?view=constructor")).status).toBe(404);
    const answer = await dashboard.get("?view=mail", { method: "DELETE" });
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
    expect((await dashboard.post("?view=mail", {})).status).toBe(405);
  });

  test("HEAD answers like GET, without a body", async () => {
    const answer = await openDashboard().get("", { method: "HEAD" });
    expect([answer.status, await answer.text()]).toEqual([200, ""]);
    expect(answer.headers.get("content-type")).toBe("text/html; charset=utf-8");
  });
});

describe("what each answer says to the browser", () => {
  test.each(["", "?view=style", "?view=nothing", "?view=export", "?view=suppress"])("%s", async (view) => {
    const { headers } = await openDashboard().get(view);
    expect(headers.get("content-security-policy")).toBe(
      "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    );
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("referrer-policy")).toBe("same-origin");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("set-cookie")).toBeNull();
  });

  test("no page has a script, an inline style or anything from elsewhere", async () => {
    const dashboard = openDashboard();
    await send(dashboard, "m1", {}, [{ type: "delivered" }]);
    for (const view of ["", "?view=mail", "?view=mail&id=m1", "?view=suppressions", "?view=suppress", "?view=import"])
      expect(await dashboard.page(view)).not.toMatch(/<script|<style|\sstyle=|\son\w+=|<iframe|\ssrc=|@import|url\(/i);
    expect(await (await dashboard.get("?view=style")).text()).not.toMatch(/@import|url\(|https?:/);
  });
});

describe("requests that change something", () => {
  const form = { address: "ada@example.com" };
  test.each([
    ["another site", { "sec-fetch-site": "cross-site" }],
    ["another host of this site", { "sec-fetch-site": "same-site" }],
    ["nobody", {}],
    ["another origin", { origin: "https://evil.example" }],
    ["another port", { origin: "http://localhost:3001" }],
    ["a sandbox", { origin: "null" }],
    ["another site with our Origin", { "sec-fetch-site": "cross-site", origin }],
  ])("are refused from %s", async (_, headers) => {
    const dashboard = openDashboard();
    for (const view of ["?view=suppress", "?view=unsuppress", "?view=import"])
      expect((await dashboard.post(view, form, headers)).status).toBe(403);
    expect(await dashboard.tracker.suppressions.get("ada@example.com")).toEqual([]);
  });

  test.each([
    ["Sec-Fetch-Site", { "sec-fetch-site": "same-origin" }],
    ["Origin", { origin }],
    ["Origin and Host behind a proxy", { origin: "https://mail.acme.example", host: "mail.acme.example" }],
  ])("are done where the page's own origin is told by %s", async (_, headers) => {
    const dashboard = openDashboard();
    const answer = await dashboard.post("?view=suppress", form, headers);
    expect([answer.status, answer.headers.get("location")?.startsWith("?view=suppressions")]).toEqual([303, true]);
  });

  test.each(["?view=suppress", "?view=unsuppress&address=ada@example.com&reason=manual&scope=", "?view=import"])(
    "GET %s changes nothing",
    async (view) => {
      const dashboard = openDashboard();
      await dashboard.tracker.suppressions.add({ address: "ada@example.com" });
      await dashboard.get(view);
      expect(await dashboard.tracker.suppressions.counts()).toMatchObject({ manual: 1 });
    },
  );
});

describe("when the store fails", () => {
  const failing = (error: Error): Required<Store> => {
    const store = memoryStore();
    const fail = (): never => {
      throw error;
    };
    const proxy = <Part extends object>(part: Part): Part => new Proxy(part, { get: () => fail });
    return {
      ...store,
      tracking: proxy(store.tracking),
      suppressions: proxy(store.suppressions),
    };
  };
  const views = ["", "?range=24h", "?view=mail", "?view=mail&id=m1", "?view=suppressions", "?view=export"];

  test.each(views)("%s answers 503 and says so", async (view) => {
    const dashboard = openDashboard({}, failing(new MailError("gone", { code: "unavailable" })));
    const answer = await dashboard.get(view);
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "30"]);
    expect(await answer.text()).toContain("The store does not answer");
  });

  test("a fault of another kind answers 500, is logged, and does not show its text", async () => {
    const logged: unknown[] = [];
    const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: (fields: object) => void logged.push(fields) };
    const error = new Error("postgres://user:secret@db");
    const answer = await createTracker({ store: failing(error), logger: log }).dashboard({ authorize: () => true })(
      new Request(`${origin}${path}`),
    );
    expect([answer.status, (await answer.text()).includes("secret")]).toEqual([500, false]);
    expect(logged).toEqual([{ error }]);
  });
});

import { memoryStore } from "@mail/core";
import { describe, expect, test } from "vitest";
import { createSuppressions } from "./create-suppressions.ts";
import type { CsvSource, ImportOptions } from "./suppression-csv.ts";
import type { SuppressionList } from "./suppression-list.ts";

async function imported(csv: CsvSource, options?: ImportOptions) {
  const list = createSuppressions();
  const report = await list.import(csv, options);
  return { report, entries: await everything(list) };
}
const everything = async (list: SuppressionList) => {
  const entries: object[] = [];
  for await (const entry of list.all()) entries.push(entry);
  return entries;
};
const lines = (...rows: string[]) => rows.join("\r\n");

describe("an export", () => {
  test("comes back as it was, formulas and line breaks in notes included", async () => {
    const list = createSuppressions();
    await list.add([
      { address: "+ada@example.com", reason: "bounced", note: '=HYPERLINK("http://evil.example";"x")', mailId: "-1" },
      { address: "bob@bücher.example", reason: "unsubscribed", scope: '=news, "x"', note: "'quoted'\r\nand, so on" },
      { address: "cy@example.com", expiresAt: new Date("2099-01-01T00:00:00Z"), note: "\t@x" },
      { address: "'dan@example.com", reason: "complained", at: new Date("2020-01-01T00:00:00.123Z") },
    ]);
    const csv = await new Response(list.export()).text();
    expect(csv.split("\r\n")[0]).toBe("address,reason,scope,at,expires_at,note,mail_id");
    expect(csv).not.toMatch(/(?:^|[,"\n])[=+\-@\t]/);
    const other = createSuppressions();
    expect(await other.import(csv)).toEqual({ added: 4, known: 0, failed: 0, errors: [] });
    expect(await everything(other)).toEqual(await everything(list));
    expect(await other.import(csv)).toEqual({ added: 0, known: 4, failed: 0, errors: [] });
  });

  test("of an empty list is its header, and of a part that part", async () => {
    const list = createSuppressions();
    expect(await new Response(list.export()).text()).toBe("address,reason,scope,at,expires_at,note,mail_id\r\n");
    await list.add([{ address: "ada@example.com" }, { address: "bob@example.com", reason: "bounced" }]);
    const part = await new Response(list.export({ reason: "bounced" })).text();
    expect(part.match(/@/g)).toHaveLength(1);
  });
});

describe("import", () => {
  test("reads SendGrid's bounces, and leaves out the blocks that look like them", async () => {
    const { report, entries } = await imported(
      lines(
        "status,reason,email,created",
        '5.1.1,"550 5.1.1 The email account does not exist, ""x""",Ada@example.com,1442846644',
        "550,550 No such user,bob@example.com,2015-09-21 14:44:04",
        "5.7.1,550 5.7.1 Your message was blocked,cy@example.com,1442846644",
        "4.2.2,452 over quota,dan@example.com,1442846644",
        ",timeout,eve@example.com,1442846644",
      ),
    );
    const at = Date.UTC(2015, 8, 21, 14, 44, 4);
    expect(entries).toEqual([
      { address: "ada@example.com", reason: "bounced", scope: "", at, note: expect.stringContaining('exist, "x"') },
      { address: "bob@example.com", reason: "bounced", scope: "", at, note: "550 No such user" },
    ]);
    expect(report).toMatchObject({ added: 2, failed: 3 });
    expect(report.errors.map(({ line }) => line)).toEqual([4, 5, 6]);
    expect(report.errors[0]?.problem).toMatch(/"5\.7\.1".*reason/);
  });

  test("takes blocks all the same where it is given a reason", async () => {
    const blocks = lines("status,reason,email,created", "5.7.1,blocked,cy@example.com,1442846644");
    const { entries } = await imported(blocks, { reason: "bounced", scope: "shop", expiresInMs: 1_000 });
    expect(entries).toMatchObject([{ reason: "bounced", scope: "shop", expiresAt: expect.any(Number) }]);
  });

  test.each<[string, string, object]>([
    ["SendGrid's unsubscribes", "email,created\na@x.example,1442846644", { reason: "unsubscribed" }],
    ["SendGrid's spam reports", "email,ip,created\na@x.example,192.0.2.1,1442846644", { reason: "complained" }],
    [
      "Mailgun's bounces",
      'address,code,error,created_at\na@x.example,550,No such mailbox,"Fri, 21 Oct 2011 11:02:55 GMT"',
      { reason: "bounced", note: "No such mailbox", at: Date.UTC(2011, 9, 21, 11, 2, 55) },
    ],
    ["Mailgun's complaints", "address,count,created_at\na@x.example,2,2011-10-21T11:02:55Z", { reason: "complained" }],
    ["Mailgun's unsubscribes", "address,tags,created_at\na@x.example,*,", { reason: "unsubscribed", scope: "" }],
    [
      "Mailgun's unsubscribes of a tag",
      'address,tags,created_at\na@x.example,"[""news""]",',
      { reason: "unsubscribed", scope: "news" },
    ],
    [
      "the list of an SES account",
      "EmailAddress,Reason,LastUpdateTime\na@x.example,COMPLAINT,2020-04-10T21:03:05.000000+00:00",
      { reason: "complained", at: Date.UTC(2020, 3, 10, 21, 3, 5) },
    ],
    ["a list for SES, without a header", "a@x.example,BOUNCE\n", { reason: "bounced" }],
    ["a plain list of addresses", "Email Address;Name\nA@X.example;Ada", { reason: "manual" }],
    ["columns in any order", "note,SCOPE,reason,address\nby phone,news,Manual,a@x.example", { scope: "news" }],
  ])("reads %s", async (_name, csv, entry) => {
    const { report, entries } = await imported(csv);
    expect(report).toMatchObject({ added: 1, failed: 0 });
    expect(entries).toMatchObject([{ address: "a@x.example", ...entry }]);
  });

  test("makes an entry for each tag of a row", async () => {
    const { report, entries } = await imported("address,tag\na@x.example,news digest");
    expect(entries).toMatchObject([{ scope: "digest" }, { scope: "news" }]);
    expect(report.added).toBe(2);
  });

  test("reports bad rows by their lines, and takes the rest", async () => {
    const { report, entries } = await imported(
      lines(
        "address,reason,at,expires_at,note,scope",
        'a@x.example,bounced,,,"two\r\nlines",',
        "not an address,bounced,,,,",
        "a@x.example\u0000,bounced,,,,",
        "b@x.example,bounced,yesterday,,,",
        "c@x.example,bounced,,2001-01-01T00:00:00Z,,",
        `d@x.example,bounced,,,,${"s".repeat(200)}`,
        '"e@x.example"x,bounced,,,,',
        ",,,,,",
        "f@x.example",
      ),
    );
    expect(entries).toMatchObject([{ address: "a@x.example", note: "two\r\nlines" }, { address: "f@x.example" }]);
    expect(report).toMatchObject({ added: 2, failed: 7 });
    expect(report.errors.map(({ line }) => line)).toEqual([4, 5, 6, 7, 8, 9, 10]);
    for (const { problem } of report.errors) expect(problem.length).toBeLessThan(200);
  });

  test.each<[unknown, string]>([
    ["name,phone\nAda,1", "csv"],
    ['"name', "csv"],
    [5, "csv"],
    [undefined, "csv"],
  ])("refuses %j", async (csv, field) => {
    await expect(imported(csv as string)).rejects.toMatchObject({ code: "configuration", field });
  });

  test.each([
    [{ reason: "bounce" }, "reason"],
    [{ expiresInMs: 0 }, "expiresInMs"],
    [{ scop: "x" }, "scop"],
  ])("refuses the options %j", async (options, field) => {
    await expect(imported("address\na@x.example", options as object)).rejects.toMatchObject({
      code: "configuration",
      field,
    });
  });

  test("takes nothing from an empty file", async () => {
    expect(await imported("")).toMatchObject({ report: { added: 0, failed: 0 } });
  });

  test("fails where the store or the source does, and can be done again", async () => {
    const store = memoryStore();
    const { suppressions } = store;
    const add = suppressions.add.bind(suppressions);
    let failures = 1;
    suppressions.add = async (entries) => {
      if (failures-- > 0) throw new Error("away");
      return add(entries);
    };
    const list = createSuppressions({ store });
    const csv = "address\na@x.example\nb@x.example";
    await expect(list.import(csv)).rejects.toThrow("away");
    expect(await list.import(csv)).toMatchObject({ added: 2 });
    const broken = async function* () {
      yield "address\n";
      throw new Error("cut");
    };
    await expect(list.import(broken())).rejects.toThrow("cut");
  });

  test("hands over no more than 1,000 entries at once, and reads on when they are stored", async () => {
    const store = memoryStore();
    let read = 0;
    let stored = 0;
    let most = 0;
    store.suppressions.add = async (entries) => {
      most = Math.max(most, entries.length);
      stored += entries.length;
      return entries.map(() => true);
    };
    const list = createSuppressions({ store });
    const rows = async function* () {
      yield "address\n";
      for (; read < 10_000; read++) {
        expect(read - stored).toBeLessThanOrEqual(1_000);
        yield `a${read}@x.example\n`;
      }
    };
    expect(await list.import(rows())).toMatchObject({ added: 10_000 });
    expect(most).toBe(1_000);
  });
});

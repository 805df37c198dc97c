/**
 * How the inbox bears 10,000 mails in its list, and 100,000 that arrive while its page is open. Needs Chromium, and the
 * page built: `npm run build`, then `npx node --conditions=@mail/source test/bench/inbox-list.ts`.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type Inbox, startInbox } from "@mail/inbox";
import { type Browser, type CDPSession, chromium, type Page } from "playwright-core";

const listed = 10_000;
const arriving = 100_000;
const rounds = 9;

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

const words = ["order", "invoice", "welcome", "password", "newsletter", "receipt", "reminder", "report"];
const paragraph = "The quick brown fox jumps over the lazy dog. ".repeat(12);

/** As SendGrid's API takes it, 2 kB large. */
function mail(n: number): string {
  const word = words[n % words.length];
  return JSON.stringify({
    personalizations: [{ to: [{ email: `user${n}@example.com`, name: `User ${n}` }] }],
    from: { email: "hello@acme.example", name: "Acme" },
    subject: `Your ${word} number ${n}`,
    categories: [word],
    content: [
      { type: "text/plain", value: `Dear user ${n},\n\n${paragraph}` },
      { type: "text/html", value: `<p>Dear user ${n}</p><p>${paragraph}</p>` },
    ],
  });
}

/** Sends as an app does, a request for each mail, ten at a time. @returns mails per second */
async function send(inbox: Inbox, from: number, to: number): Promise<number> {
  const start = performance.now();
  let next = from;
  const headers = { authorization: "Bearer SG.bench", "content-type": "application/json" };
  const worker = async (): Promise<void> => {
    while (next < to) {
      const response = await fetch(`${inbox.urls.web}/v3/mail/send`, { method: "POST", headers, body: mail(next++) });
      if (response.status !== 202) throw new Error(await response.text());
      await response.arrayBuffer();
    }
  };
  await Promise.all(Array.from({ length: 10 }, worker));
  return ((to - from) / (performance.now() - start)) * 1000;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

const rowWith = (page: Page, text: string) => page.locator(".mail-row").filter({ hasText: text }).first().waitFor();

interface Timings {
  readonly paint: number[];
  readonly list: number[];
  readonly search: number[];
  readonly arrival: number[];
}

async function measure(browser: Browser, inbox: Inbox, timings: Timings): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
  timings.list.push(
    await timed(() => page.goto(inbox.urls.web).then(() => page.locator(".mail-row").first().waitFor())),
  );
  timings.paint.push(
    Number(await page.evaluate('performance.getEntriesByName("first-contentful-paint")[0].startTime')),
  );
  const search = page.getByRole("searchbox");
  // From the last key to the first hit, with the 150 ms that the page waits for further keys.
  await search.fill("subject:invoice number 423");
  timings.search.push(await timed(() => search.press("3").then(() => rowWith(page, "Your invoice number 4233"))));
  await search.fill("");
  await rowWith(page, "Your report number");
  const n = listed + timings.arrival.length;
  timings.arrival.push(await timed(() => send(inbox, n, n + 1).then(() => rowWith(page, ` number ${n}`))));
  await page.close();
}

interface Sample {
  readonly arrived: number;
  readonly kept: number;
  readonly heapMb: number;
  readonly residentMb: number;
  readonly pageMb: number;
}

async function sample(inbox: Inbox, arrived: number, session: CDPSession): Promise<Sample> {
  const mb = (bytes: number): number => bytes / 1024 / 1024;
  collectGarbage();
  await session.send("HeapProfiler.collectGarbage");
  const { metrics } = await session.send("Performance.getMetrics");
  const { heapUsed, external, rss } = process.memoryUsage();
  return {
    arrived,
    kept: inbox.messages().length,
    heapMb: mb(heapUsed + external),
    residentMb: mb(rss),
    pageMb: mb(metrics.find(({ name }) => name === "JSHeapUsedSize")?.value ?? Number.NaN),
  };
}

async function flood(browser: Browser): Promise<readonly Sample[]> {
  await using inbox = await startInbox({ port: 0 });
  const page = await browser.newPage();
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  await page.goto(inbox.urls.web);
  const samples = [await sample(inbox, 0, session)];
  for (let arrived = 0; arrived < arriving; arrived += arriving / 10) {
    const rate = await send(inbox, arrived, arrived + arriving / 10);
    process.stderr.write(`${arrived + arriving / 10} arrived, ${rate.toFixed(0)} a second\n`);
    await rowWith(page, ` number ${arrived + arriving / 10 - 1}`);
    samples.push(await sample(inbox, arrived + arriving / 10, session));
  }
  await page.close();
  return samples;
}

const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
});
try {
  const samples = await flood(browser);
  const timings: Timings = { paint: [], list: [], search: [], arrival: [] };
  {
    await using inbox = await startInbox({ port: 0, maxMails: listed + rounds + 1 });
    await send(inbox, 0, listed);
    for (let round = 0; round <= rounds; round++) {
      await measure(browser, inbox, timings);
      // The first round warms up.
      if (round === 0) for (const list of Object.values(timings)) if (list !== timings.arrival) list.pop();
    }
  }
  const median = (list: readonly number[]): number =>
    list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.NaN;
  console.log(`| with ${listed} mails in the list | median ms | min–max ms |\n| --- | --- | --- |`);
  for (const [name, list] of [
    ["first paint", timings.paint],
    ["list shown", timings.list],
    ["search, from the last key to the hit", timings.search],
    ["a mail sent and shown", timings.arrival.slice(1)],
  ] as const) {
    console.log(
      `| ${name} | ${median(list).toFixed(0)} | ${Math.min(...list).toFixed(0)}–${Math.max(...list).toFixed(0)} |`,
    );
  }

  console.log("\n| arrived | kept | heap MB | process MB | page's heap MB |\n| --- | --- | --- | --- | --- |");
  for (const { arrived, kept, heapMb, residentMb, pageMb } of samples) {
    console.log(`| ${arrived} | ${kept} | ${heapMb.toFixed(0)} | ${residentMb.toFixed(0)} | ${pageMb.toFixed(1)} |`);
  }
} finally {
  await browser.close();
}

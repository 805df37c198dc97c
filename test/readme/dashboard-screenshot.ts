/**
 * Makes the pictures of the dashboard, docs/dashboard.png and docs/dashboard-dark.png: `npm run screenshot`. Needs
 * Chromium.
 */
import { mock } from "node:test";
import { fileURLToPath } from "node:url";
import { startApp } from "../browser/dashboard-app.ts";
import { fillSample } from "../browser/dashboard-sample.ts";
import { openBrowser } from "../browser/open-page.ts";

mock.timers.enable({ apis: ["Date"], now: new Date("2026-11-26T20:40:00Z") });

await using app = await startApp();
await fillSample(app, 30, 400);

const browser = await openBrowser();
try {
  for (const colorScheme of ["light", "dark"] as const) {
    const page = await browser.newPage({ colorScheme, viewport: { width: 1200, height: 900 }, deviceScaleFactor: 1.5 });
    const answer = await page.goto(app.url);
    if (answer?.status() !== 200) throw new Error(`The dashboard answered ${answer?.status()}`);
    const name = colorScheme === "light" ? "dashboard.png" : "dashboard-dark.png";
    await page.screenshot({ path: fileURLToPath(new URL(`../../docs/${name}`, import.meta.url)) });
    await page.close();
  }
} finally {
  await browser.close();
}

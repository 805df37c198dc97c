import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Hono } from "hono";
import { pagePolicy } from "./content-policy.ts";

const contentTypes: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
};

interface PageFile {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly headers: Readonly<Record<string, string>>;
}

/** The built page. Its files are read once and looked up by name, so that no path of a request is ever opened. */
export function pageRoutes(folder: string = builtPage()): Hono {
  let files: Promise<ReadonlyMap<string, PageFile>> | undefined;
  const routes = new Hono();
  routes.get("*", async (c, next) => {
    files ??= readFiles(folder).catch(() => {
      files = undefined;
      return new Map();
    });
    const file = (await files).get(c.req.path === "/" ? "/index.html" : c.req.path);
    if (file !== undefined) return c.body(file.body, 200, file.headers);
    if (c.req.path !== "/") return next();
    return c.text(
      "The page is not built yet; the APIs work. Build it with: npm run build --workspace @mail/inbox\n",
      503,
    );
  });
  return routes;
}

/** Beside the bundle in `dist`, or seen from the sources. */
function builtPage(): string {
  const folders = ["./ui/", "../../dist/ui/"].map((path) => fileURLToPath(new URL(path, import.meta.url)));
  return folders.find((folder) => existsSync(join(folder, "index.html"))) ?? folders.at(-1) ?? "";
}

async function readFiles(folder: string): Promise<ReadonlyMap<string, PageFile>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const files = paths.map(async (path) => {
    const name = path.slice(folder.length).replaceAll("\\", "/").replace(/^\/*/, "/");
    return [name, { body: new Uint8Array(await readFile(path)), headers: headersOf(name) }] as const;
  });
  return new Map(await Promise.all(files));
}

/** Names in `assets` change with their content. */
function headersOf(name: string): Readonly<Record<string, string>> {
  return {
    "Content-Type": contentTypes[extname(name)] ?? "application/octet-stream",
    "Cache-Control": name.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache",
    "Content-Security-Policy": pagePolicy,
  };
}

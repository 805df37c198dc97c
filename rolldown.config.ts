import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { defineConfig, type Plugin, rolldown } from "rolldown";

/**
 * Bundles the package in the current folder, each entry of its exports map to one file: a first import reads one file
 * instead of fifty. Types come from `tsc -b`; dependencies stay outside.
 */
const { exports, bin = {} } = JSON.parse(readFileSync("package.json", "utf8")) as {
  readonly exports: Readonly<Record<string, { readonly "@mail/source": string }>>;
  readonly bin?: Readonly<Record<string, string>>;
};
const sources = [
  ...Object.values(exports).map((entry) => entry["@mail/source"]),
  ...Object.values(bin).map((path) => path.replace("./dist/", "./src/").replace(/\.js$/, ".ts")),
];

const platform = "node";
const transform = { target: "node22.19" };

/**
 * Puts a thread's code, bundled, where its file is named: `new URL("./x-thread.ts", import.meta.url)`. A thread's file of
 * its own would be lost when an app is bundled. Such code imports nothing but Node's own modules.
 */
const inlineThreads: Plugin = {
  name: "inline-threads",
  transform: {
    filter: { code: "-thread.ts" },
    async handler(code, id) {
      const [expression, path] = /new URL\(\s*"(\.[^"]+-thread\.ts)",\s*import\.meta\.url,?\s*\)/.exec(code) ?? [];
      if (expression === undefined || path === undefined) return null;
      const bundle = await rolldown({ input: join(dirname(id), path), external: /^node:/, platform, transform });
      const { output } = await bundle.generate({ format: "esm", minify: true });
      await bundle.close();
      const url = `data:text/javascript,${encodeURIComponent(output[0].code)}`;
      return { code: code.replace(expression, () => `new URL(${JSON.stringify(url)})`) };
    },
  },
};

export default defineConfig({
  input: Object.fromEntries(sources.map((path) => [path.replace(/^\.\/src\/|\.ts$/g, ""), path])),
  platform,
  plugins: [inlineThreads],
  // The helper for `using`, which Node 22 does not know, goes into the bundle; everything else is imported.
  external: (id) => /^[^./]/.test(id) && !id.startsWith("@oxc-project/runtime"),
  transform,
  output: { dir: "dist", format: "esm", chunkFileNames: "[name]-[hash].js" },
  logLevel: "warn",
});

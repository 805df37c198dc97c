import { readFileSync } from "node:fs";
import { defineConfig } from "rolldown";

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

export default defineConfig({
  input: Object.fromEntries(sources.map((path) => [path.replace(/^\.\/src\/|\.ts$/g, ""), path])),
  platform: "node",
  // The helper for `using`, which Node 22 does not know, goes into the bundle; everything else is imported.
  external: (id) => /^[^./]/.test(id) && !id.startsWith("@oxc-project/runtime"),
  transform: { target: "node22.19" },
  output: { dir: "dist", format: "esm", chunkFileNames: "[name]-[hash].js" },
  logLevel: "warn",
});

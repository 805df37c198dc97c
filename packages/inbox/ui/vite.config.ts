import { defineConfig } from "vite";

/** Relative addresses, so that the page works behind a proxy with a path; nothing inline, as its content policy asks. */
export default defineConfig({
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: { target: "es2023", modulePreload: { polyfill: false }, assetsInlineLimit: 0 },
});

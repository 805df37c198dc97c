/** Colours, letters and the frame of a page. */
export const base = `
:root {
  color-scheme: light dark;
  --ground: light-dark(#f4f4f1, #121316);
  --surface: light-dark(#ffffff, #191b1f);
  --raised: light-dark(#fafaf8, #1f2126);
  --hover: light-dark(#f0f0ec, #24272e);
  --line: light-dark(#e4e3de, #2b2e35);
  --line-strong: light-dark(#cfcec8, #444852);
  --text: light-dark(#1b1c1f, #e7e8ec);
  --muted: light-dark(#5f605c, #a4a7b0);
  --accent: light-dark(#2a55c6, #93b1ff);
  --accent-soft: light-dark(#e9effd, #222d49);
  --on-accent: light-dark(#ffffff, #10131b);
  --good: light-dark(#17683c, #72cf99);
  --good-soft: light-dark(#e5f4ea, #163325);
  --middling: light-dark(#84500a, #ecb766);
  --middling-soft: light-dark(#fbf0dd, #3a2c13);
  --bad: light-dark(#b02a25, #ff9a90);
  --bad-soft: light-dark(#fcebe9, #43201e);
  --sent: light-dark(#2a55c6, #93b1ff);
  --delivered: light-dark(#0b7a5c, #58cfa8);
  --opened: light-dark(#7338b3, #c8a4f7);
  --clicked: light-dark(#a35200, #f3b565);
  --bounced: light-dark(#b8400b, #ff9f78);
  --complained: light-dark(#8f1558, #f58bc4);
  --sans: ui-sans-serif, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "Liberation Mono", monospace;
  --radius: 8px;
  --gap: 16px;
}
*, *::before, *::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0; background: var(--ground); color: var(--text); font: 14px / 1.5 var(--sans); }
h1, h2, h3, p, dl, dd, ul, ol, pre, figure { min-width: 0; margin: 0; padding: 0; }
ul, ol { list-style: none; }
h1 { font-size: 20px; line-height: 1.3; letter-spacing: -0.01em; overflow-wrap: anywhere; }
h2 { font-size: 15px; line-height: 1.4; }
h3 { font-size: 13.5px; }
code, pre { font-family: var(--mono); font-size: 12.5px; }
bdi, code { overflow-wrap: anywhere; }
a { color: var(--accent); text-underline-offset: 2px; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
main:focus { outline: none; }
::selection { background: light-dark(#cfdcfb, #35487a); }
.hidden { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.note { color: var(--muted); }
.aside { margin-left: 6px; font-size: 12.5px; font-weight: 400; }
.skip { position: absolute; left: 8px; top: -60px; z-index: 1; padding: 8px 12px; border-radius: var(--radius); background: var(--surface); }
.skip:focus { top: 8px; }
.top { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 24px; padding: 0 max(24px, 50% - 596px); border-bottom: 1px solid var(--line); background: var(--surface); }
.brand { display: flex; align-items: center; gap: 9px; padding: 12px 0; color: inherit; font-size: 15px; font-weight: 650; text-decoration: none; overflow-wrap: anywhere; }
.mark { width: 24px; height: 24px; flex: none; }
.mark-ground { fill: light-dark(#2a55c6, #3b66d8); }
.mark-line { fill: none; stroke: #fff; stroke-width: 1.5; stroke-linejoin: round; }
.top nav { display: flex; flex-wrap: wrap; gap: 0 4px; align-self: stretch; }
.top nav a { display: flex; align-items: center; padding: 12px 10px 10px; border-bottom: 2px solid transparent; color: var(--muted); text-decoration: none; }
.top nav a:hover { color: var(--text); }
.top nav a[aria-current] { border-color: var(--accent); color: var(--text); font-weight: 600; }
main { display: grid; grid-template-columns: minmax(0, 1fr); gap: var(--gap); max-width: 1240px; margin: 0 auto; padding: 20px 24px 48px; }
.page-head { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 10px 24px; }
.lead { color: var(--muted); }
.back { font-size: 13px; }
.back a::before { content: "‹\\a0"; }
.columns { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: var(--gap); align-items: start; }
@media (max-width: 1000px) {
  .columns { grid-template-columns: minmax(0, 1fr); }
}
@media (max-width: 600px) {
  .top { padding: 0 16px; }
  .brand { padding: 10px 0 2px; }
  .top nav { width: 100%; margin: 0 -10px; }
  .top nav a { padding: 8px 10px; }
  main { padding: 16px 16px 40px; gap: 14px; }
}
@media (prefers-reduced-motion: no-preference) {
  a, .button, .hit { transition: background-color 90ms, border-color 90ms, color 90ms; }
}
`;

/** Buttons, fields and what chooses. */
export const controls = `
button, input, select { font: inherit; color: inherit; }
.button { display: inline-flex; align-items: center; justify-content: center; min-height: 34px; padding: 4px 13px; border: 1px solid var(--line-strong); border-radius: var(--radius); background: var(--surface); color: var(--text); font-weight: 500; text-decoration: none; white-space: nowrap; cursor: pointer; }
.button:hover { background: var(--hover); }
.button.small { min-height: 28px; padding: 2px 10px; font-size: 13px; }
.button.primary { border-color: var(--accent); background: var(--accent); color: var(--on-accent); }
.button.primary:hover { background: color-mix(in srgb, var(--accent) 88%, var(--text)); }
.button.danger { border-color: var(--bad); color: var(--bad); }
.button.danger:hover { background: var(--bad-soft); }
input, select { min-width: 0; max-width: 100%; min-height: 34px; padding: 4px 10px; border: 1px solid var(--line-strong); border-radius: var(--radius); background: var(--surface); }
input[type="file"] { padding: 4px; }
::file-selector-button { margin-right: 10px; padding: 3px 10px; border: 1px solid var(--line-strong); border-radius: 5px; background: var(--raised); color: inherit; font: inherit; cursor: pointer; }
input::placeholder { color: var(--muted); opacity: 1; }
.actions { display: flex; flex-wrap: wrap; gap: 8px; }
.inline-form { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 12px; }
.inline-form label { display: flex; flex-wrap: wrap; align-items: center; gap: 2px 8px; color: var(--muted); font-size: 13px; }
.inline-form input, .inline-form select { color: var(--text); font-size: 14px; }
.search { display: flex; flex-wrap: wrap; align-items: end; gap: 8px; }
.search .grow { flex: 1 1 260px; display: grid; gap: 4px; max-width: 560px; color: var(--muted); font-size: 13px; }
.search input { width: 100%; color: var(--text); font-size: 14px; }
.form { display: grid; gap: 14px; justify-items: start; }
.field { display: grid; gap: 4px; width: 100%; max-width: 440px; }
.field > label { font-weight: 550; }
.field > input:not([type="date"]) { width: 100%; }
.field > select, .field > input[type="date"] { justify-self: start; }
.field small { color: var(--muted); font-size: 12.5px; }
summary { width: fit-content; color: var(--accent); cursor: pointer; }
.range { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 14px; }
.segments { display: flex; flex-wrap: wrap; gap: 2px; padding: 3px; border-radius: var(--radius); background: light-dark(#e7e6e1, #24272d); }
.segments a { padding: 3px 12px; border-radius: 6px; color: var(--muted); text-decoration: none; }
.segments a:hover { color: var(--text); }
.segments a[aria-current] { background: var(--surface); color: var(--text); font-weight: 550; box-shadow: 0 1px 2px rgb(0 0 0 / 12%); }
.custom[open] { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 12px; }
.custom[open] > summary { margin: 0; }
.range-text { margin-left: auto; color: var(--muted); }
.pager { display: flex; gap: 8px; }
.pager:not(:has(a)) { display: none; }
@media (max-width: 600px) {
  /* Phones zoom in on smaller ones. */
  input, select, .inline-form input, .inline-form select, .search input { font-size: 16px; }
  .segments { width: 100%; }
  .segments a { flex: 1; padding: 4px 2px; text-align: center; white-space: nowrap; }
  .custom[open] > summary { margin: 0; }
.range-text { margin-left: 0; }
}
`;

/** Tables, which become blocks on a phone. */
export const tables = `
.table { width: 100%; border-collapse: collapse; }
.table caption { padding: 6px 0; text-align: left; font-weight: 550; }
.table th, .table td { padding: 7px 16px 7px 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; font-weight: 400; overflow-wrap: anywhere; }
.table tr > :last-child { padding-right: 0; }
.table tbody tr:last-child > * { border-bottom: 0; }
.table thead th { padding-top: 0; color: var(--muted); font-size: 12.5px; overflow-wrap: normal; white-space: nowrap; }
.table .number { text-align: right; font-variant-numeric: tabular-nums; }
.table td.number { white-space: nowrap; }
.table time { color: var(--muted); font-variant-numeric: tabular-nums; }
.groups th[scope="row"] { width: 34%; }
.sent-cell { display: grid; gap: 3px; min-width: 56px; }
.step-table { max-width: 780px; }
.events th[scope="row"], .entries td time, .recipients td time { font-size: 13px; }
.events th[scope="row"] { width: 130px; }
.events td:nth-child(3) { min-width: 160px; }
.entries th[scope="row"] { min-width: 180px; }
.entries td time { display: inline-block; max-width: 130px; }
.said { display: -webkit-box; overflow: hidden; color: var(--muted); font-size: 13px; -webkit-box-orient: vertical; -webkit-line-clamp: 3; }
.bad-rows .number { width: 70px; }
details > .table, details > .note { margin-top: 4px; }
@media (max-width: 720px) {
  .table, .table tbody, .table tr, .table th[scope="row"], .table td { display: block; width: auto; }
  .table caption { display: block; }
  .table thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .table tbody tr { display: flex; flex-wrap: wrap; gap: 2px 18px; padding: 10px 0; border-bottom: 1px solid var(--line); }
  .table tbody tr:last-child { border-bottom: 0; }
  .table tbody th, .table tbody td { min-width: 0; padding: 0; border: 0; text-align: left; }
  .table tbody th[scope="row"] { width: 100%; font-weight: 550; }
  .table td[data-label]:not([data-label=""])::before { display: block; color: var(--muted); font-size: 12px; content: attr(data-label); }
  .table .number { text-align: left; }
  .events td:nth-child(4), .entries td:nth-child(6), .recipients td:nth-child(4) { width: 100%; }
  .entries td time { max-width: none; }
  .said:empty { display: none; }
  .groups tbody tr { display: grid; grid-template-columns: repeat(5, minmax(0, 1fr)); gap: 2px 8px; }
  .groups tbody th[scope="row"] { grid-column: 1 / -1; }
  .groups td[data-label]::before { font-size: 11px; }
  .sent-cell { min-width: 0; }
}
`;

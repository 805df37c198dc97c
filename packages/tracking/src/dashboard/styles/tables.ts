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
.groups th[scope="row"] { width: 40%; }
.step-table { max-width: 780px; }
.table time, .table .keep { white-space: nowrap; }
.table td time, .events th time { font-size: 13px; }
.events td:nth-child(3), .entries th[scope="row"], .recipients th[scope="row"] { min-width: 190px; }
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
  .events td:nth-child(3), .events td:nth-child(4), .entries td:nth-child(6), .recipients td:nth-child(4) { width: 100%; }
  .events tbody tr { align-items: center; gap: 3px 10px; }
  .events tbody th[scope="row"] { width: auto; }
  .table.events td[data-label]::before { content: none; }
  .said:empty { display: none; }
  .groups tbody tr { display: grid; grid-template-columns: 1fr 1fr 1fr 1.35fr 1fr; gap: 5px 6px; }
  .groups tbody th[scope="row"] { grid-column: 1 / -1; }
  .table.groups td[data-label]::before { font-size: 11px; }
}
`;

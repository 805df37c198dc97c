/** Panels, tiles, notices, and what stands in them. */
export const panels = `
.panel, .chart, .tile { border: 1px solid var(--line); border-radius: 10px; background: var(--surface); }
.panel { display: grid; grid-template-columns: minmax(0, 1fr); gap: 12px; padding: 18px 20px; }
.panel.narrow { width: 100%; max-width: 680px; }
.panel-head { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 8px 24px; }
.tiles { display: grid; grid-template-columns: repeat(6, minmax(0, 1fr)); gap: 12px; }
.tiles.four { grid-template-columns: repeat(4, minmax(0, 1fr)); }
.tile { position: relative; display: grid; align-content: start; padding: 13px 16px 12px; overflow: hidden; }
.tile::before { position: absolute; inset: 0 0 auto; height: 3px; background: var(--series, transparent); content: ""; }
.tile-name { color: var(--muted); font-size: 13px; }
.tile-value { font-size: clamp(18px, 2vw, 25px); font-weight: 620; line-height: 1.35; letter-spacing: -0.015em; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.tile-note { color: var(--muted); font-size: 12.5px; overflow-wrap: anywhere; }
.tile.plain { padding: 0; }
.tile.plain a { display: grid; padding: 11px 16px; border-radius: 9px; color: inherit; text-decoration: none; }
.tile.plain a:hover { background: var(--hover); }
.tile.plain a[aria-current] { box-shadow: inset 0 0 0 2px var(--accent); }
.tile.plain .tile-value { font-size: 20px; }
.sent { --series: var(--sent); }
.delivered { --series: var(--delivered); --dash: 6 5; }
.opened { --series: var(--opened); }
.clicked { --series: var(--clicked); --dash: 6 5; }
.bounced { --series: var(--bounced); }
.complained { --series: var(--complained); --dash: 6 5; }
.alert { display: flex; gap: 10px; align-items: start; padding: 10px 14px; border-radius: var(--radius); overflow-wrap: anywhere; }
.alert .sign { margin-top: 2px; }
.alert.good { background: var(--good-soft); color: var(--good); }
.alert.bad { background: var(--bad-soft); color: var(--bad); }
.sign { width: 17px; height: 17px; flex: none; }
.sign-ground { fill: currentColor; }
.sign-line { fill: none; stroke: var(--surface); stroke-width: 1.7; stroke-linecap: round; stroke-linejoin: round; }
.badge { display: inline-block; padding: 1px 8px; border-radius: 5px; font-size: 12.5px; font-weight: 550; background: var(--hover); white-space: nowrap; }
.badge.good { background: var(--good-soft); color: var(--good); }
.badge.middling { background: var(--middling-soft); color: var(--middling); }
.badge.bad { background: var(--bad-soft); color: var(--bad); }
.chips { display: flex; flex-wrap: wrap; gap: 4px 6px; }
.chips li { padding: 0 8px; border-radius: 5px; background: var(--hover); font-size: 12.5px; overflow-wrap: anywhere; }
.facts { display: grid; gap: 5px; }
.facts > div { display: grid; grid-template-columns: 120px minmax(0, 1fr); gap: 2px 12px; }
.facts dt { color: var(--muted); }
.facts dd { overflow-wrap: anywhere; }
.facts.small { gap: 2px; font-size: 13px; }
.timeline { display: grid; gap: 18px; padding-left: 18px; border-left: 2px solid var(--line); }
.timeline > li { position: relative; display: grid; grid-template-columns: minmax(0, 1fr); gap: 6px; }
.timeline > li::before { position: absolute; left: -24px; top: 7px; width: 10px; height: 10px; border: 2px solid var(--surface); border-radius: 50%; background: var(--line-strong); content: ""; }
.happened { display: flex; flex-wrap: wrap; align-items: baseline; gap: 2px 8px; }
pre { max-height: 420px; padding: 12px 14px; overflow: auto; border-radius: var(--radius); background: var(--raised); border: 1px solid var(--line); white-space: pre-wrap; overflow-wrap: anywhere; }
details[open] > summary { margin-bottom: 8px; }
.timeline details { font-size: 13px; }
.steps { display: grid; gap: 16px; padding-left: 22px; list-style: decimal; }
.steps pre { margin-top: 8px; }
.empty, .problem { justify-items: start; padding: 28px 30px; }
.empty > *, .problem > * { max-width: 100%; }
.rates { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 18px 40px; }
.rate { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 4px 14px; align-content: start; }
.rate > * { grid-column: 1 / -1; }
.rate > h3 { color: var(--muted); font-weight: 500; }
.rate > .rate-value { grid-column: 1; font-size: 25px; font-weight: 620; line-height: 1.35; letter-spacing: -0.015em; }
.rate > .verdict { grid-column: 2; display: flex; align-items: center; gap: 7px; }
.rate { --tone: var(--muted); }
.rate.good { --tone: var(--good); }
.rate.watch { --tone: var(--middling); }
.rate.bad { --tone: var(--bad); }
.verdict { color: var(--tone); }
.limits { display: grid; gap: 1px; margin: 2px 0; color: var(--muted); font-size: 13px; }
.limits b { display: inline-block; min-width: 44px; color: var(--text); font-weight: 550; }
.rate > .note, .sources { color: var(--muted); font-size: 12.5px; }
@media (max-width: 1000px) {
  .tiles { grid-template-columns: repeat(3, minmax(0, 1fr)); }
}
@media (max-width: 600px) {
  .panel { padding: 14px 16px; }
  .tiles, .tiles.four { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 10px; }
  .tile { padding: 11px 12px; }
  .tile-value { font-size: 21px; }
  .rates { grid-template-columns: minmax(0, 1fr); }
  .facts > div { grid-template-columns: minmax(0, 1fr); }
  .empty, .problem { padding: 20px 18px; }
}
`;

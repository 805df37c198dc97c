/** Lines over time, bars and scales. */
export const charts = `
.charts { display: grid; grid-template-columns: minmax(0, 1fr); gap: 10px; }
.chart-grid { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 12px; }
.chart { padding: 14px 18px 12px; }
.chart figcaption { display: grid; gap: 3px; }
.legend { display: flex; flex-wrap: wrap; gap: 0 14px; color: var(--muted); font-size: 12.5px; }
.legend li { display: flex; align-items: center; gap: 6px; }
.sample { width: 24px; height: 8px; }
.plot { padding: 14px 4px 26px 40px; }
.plot > svg { display: block; width: 100%; height: 170px; overflow: visible; }
.plot text, .gauge text { fill: var(--muted); font-size: 11.5px; font-variant-numeric: tabular-nums; }
.tick { text-anchor: end; }
.grid { stroke: var(--line); stroke-width: 1; shape-rendering: crispEdges; }
.floor { stroke: var(--line-strong); stroke-width: 1; shape-rendering: crispEdges; }
.lines { overflow: visible; }
.line { fill: none; stroke: var(--series); stroke-width: 2; stroke-linejoin: round; stroke-dasharray: var(--dash, none); vector-effect: non-scaling-stroke; }
.running { stroke-dasharray: 1 4; opacity: 0.75; }
.area { fill: var(--series); opacity: 0.1; }
.dot { fill: var(--surface); stroke: var(--series); stroke-width: 2; }
.dot.filled { fill: var(--series); }
.hit { fill: transparent; }
.hit:hover { fill: color-mix(in srgb, var(--text) 7%, transparent); }
.gauge { display: block; width: 100%; height: 36px; margin: 2px 0; overflow: visible; }
.gauge-ground { fill: light-dark(#ebeae5, #2b2e35); }
.gauge-value { fill: var(--tone); }
.gauge-mark { stroke: var(--text); stroke-width: 1.5; shape-rendering: crispEdges; }
.bar { display: block; width: 100%; height: 4px; margin-top: 4px; }
.bar rect { fill: var(--sent); }
@media (max-width: 1000px) {
  .chart-grid { grid-template-columns: minmax(0, 1fr); }
}
@media (max-width: 600px) {
  .chart { padding: 12px 14px 8px; }
}
@media (forced-colors: active) {
  .line, .dot, .gauge-mark { stroke: CanvasText; }
  .gauge-value, .bar rect { fill: Highlight; }
}
`;

/** The timeline's looks. What a bar says stands in place of its row's summary while it is pointed at or has the focus. */
export const TIMELINE_STYLE = `
.timeline{display:block;width:100%;min-width:46rem;height:auto;font:12px system-ui,-apple-system,"Segoe UI",sans-serif}
.picture{border:1px solid var(--line);border-radius:8px;padding:.5rem .6rem}
.timeline text{fill:var(--ink)}.timeline .head,.timeline .time,.timeline .summary{fill:var(--dim)}.timeline .time,.timeline .head{font-size:11px}
.timeline .table,.timeline .summary,.timeline .tip{paint-order:stroke;stroke:var(--ground);stroke-width:3px}.timeline .end{text-anchor:end}.timeline .table{font-weight:600;font-size:13px}
.band{fill:var(--soft)}.band.odd{fill:none}.tick{stroke:var(--line)}.lane{fill:none;stroke:var(--line)}
.bar.all rect,.swatch.all{fill:var(--bar-all);background:var(--bar-all)}.bar.writes rect,.swatch.writes{fill:var(--bar-writes);background:var(--bar-writes)}.bar.none rect,.swatch.none{fill:var(--bar-none);background:var(--bar-none)}
.bar .mode{fill:var(--bar-ink);font-size:11px;font-weight:600}.bar .tip{display:none}
.bar:hover .tip,.bar:focus-visible .tip{display:inline}.row:has(.bar:hover,.bar:focus-visible) .summary{display:none}
.bar:hover rect,.bar:focus-visible rect{stroke:var(--ink);stroke-width:2}
.legend{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;font-size:.875rem;color:var(--dim)}.legend li{margin:0}
.swatch{display:inline-block;width:1.4rem;border-radius:2px;margin-right:.5rem;vertical-align:middle;print-color-adjust:exact}.swatch.all{height:1rem}.swatch.writes{height:.6rem}.swatch.none{height:.25rem}
@media print{.timeline{min-width:0}.picture{break-inside:avoid}}
@media (forced-colors:active){.bar rect{stroke:CanvasText}}
`;

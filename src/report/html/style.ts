/** Colours meet WCAG AA on both grounds; no meaning is told by colour alone. */
const LIGHT =
  '--ground:#fff;--ink:#1b1f24;--dim:#57606a;--line:#d8dee4;--soft:#f5f7f9;--link:#0550ae;--bad:#b42318;--bad-soft:#fdeceb;--warn:#7d4e00;--warn-soft:#fdf3dc;--good:#116329;--good-soft:#e6f6ea;--bar-all:#b42318;--bar-writes:#8a5700;--bar-none:#4f7fb8;--bar-ink:#fff;';
const DARK =
  '--ground:#0f1419;--ink:#e6edf3;--dim:#9aa4af;--line:#333b45;--soft:#171d24;--link:#79b8ff;--bad:#ff9b94;--bad-soft:#331a1b;--warn:#e8bd55;--warn-soft:#2e2613;--good:#63d47f;--good-soft:#14291b;--bar-all:#ff8f87;--bar-writes:#e3b341;--bar-none:#6ea3dd;--bar-ink:#14181d;';

/** The page's looks: one column, calm type, and paper as it is printed. */
export const STYLE = `
:root{color-scheme:light dark;${LIGHT}}
@media (prefers-color-scheme:dark){:root{${DARK}}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:68rem;padding:1.5rem clamp(1rem,3vw,2rem) 4rem;background:var(--ground);color:var(--ink);font:1rem/1.55 system-ui,-apple-system,"Segoe UI",sans-serif;overflow-wrap:anywhere}
h1,h2,h3,h4{line-height:1.3;text-wrap:balance}
h1{font-size:1.75rem;margin:.25rem 0 .9rem;display:flex;gap:.75rem;align-items:flex-start;letter-spacing:-.01em}
h1>span{min-width:0}.cause{display:block;font-size:1.1rem;font-weight:400;letter-spacing:0}.cause::first-letter{text-transform:uppercase}
h2{font-size:1.25rem;margin:2.75rem 0 .75rem;letter-spacing:-.005em}
h3{font-size:1rem;margin:1.4rem 0 .4rem}h4{font-size:.9375rem;margin:0 0 .4rem}
p,ul,ol,dl{margin:.5rem 0}p,li{max-width:52rem}ul,ol{padding-left:1.4rem}li{margin:.25rem 0}
a{color:var(--link);text-underline-offset:.15em}:focus-visible{outline:3px solid var(--link);outline-offset:2px;border-radius:3px}main:focus{outline:none}
code,pre{font:.875em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}code,td,th,bdi{unicode-bidi:isolate}
pre{background:var(--soft);padding:.75rem .9rem;margin:.5rem 0;border-radius:6px;white-space:pre-wrap;overflow-wrap:anywhere;font-size:.8125rem}pre code{font-size:inherit}
.dim,small{color:var(--dim);font-size:.875rem}
.aloud{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.skip{position:absolute;left:1rem;top:-10rem;z-index:1;background:var(--ground);padding:.6rem 1rem;border:2px solid var(--link);border-radius:6px}
.skip:focus{top:.5rem}section .skip:focus{position:static;display:inline-block}
.verdict{border-radius:10px;padding:1.25rem 1.5rem;background:var(--tint);border:1px solid var(--line);border-left:6px solid var(--tone)}
.verdict.fail{--tone:var(--bad);--tint:var(--bad-soft)}.verdict.pass{--tone:var(--good);--tint:var(--good-soft)}.verdict.warn,.verdict.unproven{--tone:var(--warn);--tint:var(--warn-soft)}
.verdict p{margin:.5rem 0}.verdict .subject,.verdict .dim{color:var(--ink);font-size:.875rem}.subject{margin-top:0}
.lead>strong{display:block;font-size:.8125rem;color:var(--tone)}
.icon{flex:none;width:2.25rem;height:2.25rem}.icon circle{fill:var(--tone)}.icon path{fill:none;stroke:var(--ground);stroke-width:2.4;stroke-linecap:round;stroke-linejoin:round}
.tiles{list-style:none;margin:1rem 0 0;padding:0;display:grid;grid-template-columns:repeat(auto-fit,minmax(11rem,1fr));gap:.75rem}
.tiles li{margin:0}.tiles a{display:block;height:100%;padding:.8rem 1rem;border:1px solid var(--line);border-radius:8px;color:var(--ink);text-decoration:none}.tiles a:hover{border-color:var(--link)}
.tiles span{display:block;color:var(--dim);font-size:.8125rem}.tiles strong{font-size:1.125rem;line-height:1.35}
.badge{display:inline-block;padding:.05rem .5rem;border-radius:1rem;font-size:.8125rem;font-weight:600;line-height:1.5;white-space:nowrap;background:var(--soft);color:var(--dim)}
.badge.bad{color:var(--bad);background:var(--bad-soft)}.badge.warn{color:var(--warn);background:var(--warn-soft)}.badge.good{color:var(--good);background:var(--good-soft)}
.findings{list-style:none;padding:0}.findings>li{max-width:none;padding:1rem 0;border-top:1px solid var(--line);margin:0}.findings h3{margin:0 0 .4rem;font-weight:600}
.findings strong,details p>strong{margin-right:.25rem}
.scroll{overflow-x:auto;margin:.75rem 0;background:linear-gradient(90deg,transparent,var(--ground) 70%) right/3rem 100% no-repeat local,linear-gradient(90deg,transparent,var(--line)) right/.9rem 100% no-repeat scroll}
table{border-collapse:collapse;width:100%;font-size:.9375rem}caption{text-align:left;color:var(--dim);font-size:.875rem;padding:0 0 .4rem}caption span{position:sticky;left:0;display:inline-block;max-width:min(100%,calc(100vw - 2rem))}
th,td{text-align:left;vertical-align:top;padding:.5rem .9rem .5rem 0;border-bottom:1px solid var(--line);font-variant-numeric:tabular-nums}
thead th{color:var(--dim);font-size:.8125rem;font-weight:600}tbody th{font-weight:400}.scroll td,.scroll th{min-width:6rem;max-width:30rem;overflow-wrap:break-word}thead th{overflow-wrap:normal}td:last-child,th:last-child{padding-right:0}
.compared{margin:.25rem 0 .5rem;font-size:.875rem}.compared th:first-child{width:28%}.compared td{overflow-wrap:break-word}
details{border:1px solid var(--line);border-radius:8px;margin:.6rem 0;padding:0 1rem}details[open]{padding-bottom:.25rem}article p:last-child{margin-bottom:0}
summary{cursor:pointer;padding:.65rem 0}summary h3{display:inline;margin:0;font-weight:600}
article{padding:.9rem 0;border-top:1px solid var(--line)}article:target,details:target{background:var(--soft);box-shadow:0 0 0 .5rem var(--soft)}
dl{display:grid;gap:.35rem 0}dl div{display:grid;grid-template-columns:11rem 1fr;gap:1rem}dt{color:var(--dim)}dd{margin:0}
ins,del{text-decoration:none}ins{color:var(--good)}del{color:var(--bad)}
.refused{color:var(--bad)}.differs{color:var(--warn);font-size:.875rem}.json pre{max-height:36rem;overflow:auto}.only-print{display:none}
@media (max-width:36rem){body{padding-top:1rem}.verdict{padding:1rem}h1{font-size:1.4rem;gap:.6rem}dl div{grid-template-columns:1fr;gap:0}dd{margin-bottom:.35rem}.compared th,.compared td{padding-right:.5rem;font-size:.8125rem}.compared th:first-child{width:auto}.compared code{font-size:.75rem}details{padding:0 .75rem}}
@media print{:root{color-scheme:light;${LIGHT}}body{max-width:none;padding:0;font-size:10pt}.skip,.json{display:none}.only-print{display:block}details{border:0;padding:0}details::details-content{content-visibility:visible;display:block;height:auto}.scroll{overflow:visible}h2,h3,h4,summary{break-after:avoid}tr,.findings>li,.verdict{break-inside:avoid}*{print-color-adjust:exact}}
@media (forced-colors:active){.badge,.verdict{border:1px solid}}
`;

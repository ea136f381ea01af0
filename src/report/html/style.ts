/** Colours meet WCAG AA on both grounds; no meaning is told by colour alone. */
export const STYLE = `
:root { color-scheme: light dark; --ground: #ffffff; --ink: #1f2328; --dim: #59636e; --line: #d1d9e0; --soft: #f6f8fa; --bad: #b42318; --warn: #8a5700; --good: #1a7f37; }
@media (prefers-color-scheme: dark) { :root { --ground: #0d1117; --ink: #e6edf3; --dim: #9198a1; --line: #3d444d; --soft: #151b23; --bad: #ff8f87; --warn: #e3b341; --good: #56d364; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 1rem; background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
td code, small { overflow-wrap: anywhere; }
header { border-left: .4rem solid var(--warn); padding: .2rem 1rem; background: var(--soft); }
header.pass { border-color: var(--good); } header.fail { border-color: var(--bad); }
h1 { font-size: 1.5rem; margin: .4rem 0; } h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; border-bottom: 1px solid var(--line); } h3 { font-size: 1rem; margin: 1rem 0 .3rem; }
code, pre { font: .875rem/1.45 ui-monospace, monospace; } pre { background: var(--soft); padding: .6rem; overflow-x: auto; margin: .4rem 0; border: 1px solid var(--line); }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; } caption { text-align: left; color: var(--dim); padding: .3rem 0; }
th, td { overflow-wrap: break-word; text-align: left; vertical-align: top; padding: .35rem .6rem; border: 1px solid var(--line); } th { background: var(--soft); }
summary { cursor: pointer; padding: .3rem 0; } dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; } dt, small { color: var(--dim); } dd { margin: 0; }
footer { margin-top: 2rem; border-top: 1px solid var(--line); font-size: .875rem; }
.error { color: var(--bad); font-weight: 600; } .warning { color: var(--warn); font-weight: 600; } ins { color: var(--good); text-decoration: none; } del { color: var(--bad); text-decoration: none; }
@media print { body { max-width: none; } details > * { display: block; } details::details-content { content-visibility: visible; display: block; } pre { white-space: pre-wrap; } }
`;

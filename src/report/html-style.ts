/** The report's only style sheet: system fonts, light and dark, and A4 on paper. It names no resource. */
export const styleSheet = `
:root {
  --paper: #fff; --ink: #16191d; --soft: #51585f; --line: #d4d8dc; --rule: #16191d; --wash: #f4f5f7;
  --good: #17603a; --bad: #a11d1d; --open: #7a4d00; --link: #14508c;
  --plain: #b9c3cc; --ground: #fff;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #14171a; --ink: #e6e9ec; --soft: #a4adb5; --line: #363d44; --rule: #aab3bb; --wash: #1d2226;
    --good: #7fd3a2; --bad: #ff9b90; --open: #f0c26b; --link: #8fc1f5;
    --plain: #56626d; --ground: #14171a;
  }
}
* { box-sizing: border-box; }
html { color-scheme: light dark; -webkit-text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: 2.5rem 1.5rem 4rem; max-width: 66rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", Arial, sans-serif;
}
h1, h2, h3, h4, p, ul, dl, table, figure { margin: 0; }
h1 { font-size: 1.75rem; line-height: 1.2; font-weight: 650; letter-spacing: -0.01em; overflow-wrap: anywhere; }
h1 .what { display: block; font-size: 0.8125rem; font-weight: 500; letter-spacing: 0.01em; color: var(--soft); }
h2 { font-size: 1.3125rem; line-height: 1.3; font-weight: 650; letter-spacing: -0.005em; }
h3 { margin: 2rem 0 0.75rem; font-size: 1rem; font-weight: 650; overflow-wrap: anywhere; }
h4 { font-size: 0.9375rem; font-weight: 500; overflow-wrap: anywhere; }
a { color: var(--link); }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
code, pre, .value, .null, .absent {
  font-family: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 0.9375em;
}
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.facts { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 0.25rem 2rem; margin-top: 1.25rem; font-size: 0.875rem; }
.facts div { display: flex; gap: 0.75rem; }
.facts dt { flex: 0 0 4rem; color: var(--soft); }
.facts dd { margin: 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
nav ul { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; margin-top: 1.25rem; padding: 0; list-style: none; font-size: 0.875rem; }
main > section { margin-top: 3rem; }
main > section > h2 { padding-top: 0.75rem; border-top: 1px solid var(--rule); }
.lead, .none { margin-top: 0.375rem; max-width: 44rem; color: var(--soft); }
.none { padding: 0.75rem 1rem; border: 2px dashed var(--open); color: var(--ink); font-weight: 600; }
main > section.verdict {
  display: flex; align-items: center; gap: 1.5rem; margin-top: 1.75rem; padding: 1.5rem 1.75rem;
  border: 3px solid var(--tone); border-radius: 4px;
}
.verdict.open { border-style: dashed; }
.verdict.bad { border-width: 6px; }
.good { --tone: var(--good); } .bad { --tone: var(--bad); } .open { --tone: var(--open); }
.verdict .sign { flex: none; width: 4.25rem; font-size: 4rem; line-height: 1; font-weight: 700; text-align: center; color: var(--tone); }
.verdict h2 { padding: 0; border: 0; font-size: clamp(2rem, 7vw, 3.5rem); line-height: 1.05; font-weight: 750; letter-spacing: -0.02em; color: var(--tone); }
.verdict div > p { margin-top: 0.375rem; font-size: 1.0625rem; }
.label { white-space: nowrap; font-weight: 600; color: var(--tone); }
.label .symbol { display: inline-block; min-width: 1em; font-weight: 700; text-align: center; }
.scroll { position: relative; margin-top: 1rem; overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: 0.875rem; line-height: 1.45; }
caption { padding-bottom: 0.375rem; font-weight: 650; text-align: left; }
section:not(#coverage) caption { position: absolute; width: 1px; height: 1px; padding: 0; overflow: hidden; clip-path: inset(50%); }
th, td { padding: 0.4375rem 0.875rem 0.4375rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; font-weight: 400; overflow-wrap: anywhere; }
th:last-child, td:last-child { padding-right: 0; }
thead th { border-bottom: 1px solid var(--rule); color: var(--soft); font-size: 0.8125rem; overflow-wrap: normal; vertical-align: bottom; }
tbody th { min-width: 7rem; font-weight: 550; }
tfoot th, tfoot td { border-bottom: 0; font-weight: 650; }
.figure { text-align: right; font-variant-numeric: tabular-nums; overflow-wrap: normal; white-space: nowrap; }
th.figure + th:not(.figure), td.figure + td:not(.figure) { padding-left: 0.75rem; }
#checks tbody th { overflow-wrap: normal; }
#checks td:nth-of-type(1) { min-width: 10rem; }
#quarantined td:nth-of-type(-n+2) { min-width: 7.5rem; }
.prose { white-space: pre-line; }
tbody th[scope=row] + td { min-width: 4.5rem; }
#tables tr:has(+ tr) > th[scope=row], #tables tr:has(+ tr) > th[scope=row] ~ td:not([rowspan]) { border-bottom-style: dotted; }
#tables th[scope=row] { min-width: 0; color: var(--soft); font-weight: 400; }
#tables td code { white-space: nowrap; }
.approvals table { min-width: 34rem; table-layout: fixed; }
.approvals th, .approvals td { padding-right: 1.5rem; }
.approvals td, .approvals tbody th { height: 3.5rem; vertical-align: bottom; }
.approvals tbody th { border-bottom: 0; }
.approvals td.sign-here { padding-right: 0; border-bottom: 0; }
.approvals td.sign-here::after { content: ""; display: block; margin-right: 1.25rem; border-bottom: 1px solid var(--rule); }
.names { display: flex; flex-wrap: wrap; gap: 0.25rem 1.5rem; padding: 0; list-style: none; }
.key { margin-top: 1rem; padding: 0.75rem 1rem; border: 1px solid var(--line); font-size: 0.875rem; }
.key ul { display: flex; flex-wrap: wrap; gap: 0.125rem 1.5rem; padding: 0; list-style: none; }
.side { font-size: 0.8125rem; color: var(--soft); }
.aside { font-weight: 400; color: var(--soft); }
.difference { margin-top: 1rem; padding-left: 1rem; border-left: 3px solid var(--line); }
.difference .scroll { margin-top: 0.5rem; }
.difference table { table-layout: fixed; }
.difference thead th:first-child { width: 24%; }
.small { margin-top: 0.25rem; font-size: 0.875rem; }
.value { white-space: pre-wrap; overflow-wrap: anywhere; }
.mark { padding: 0 0.15em; border: 1px solid currentColor; border-radius: 2px; font-size: 0.8125em; font-weight: 600; }
.differs { font-weight: 700; text-decoration: underline 2px; text-underline-offset: 3px; }
.null { padding: 0 0.3em; border: 1px dashed currentColor; border-radius: 2px; font-style: italic; white-space: nowrap; }
.absent, .cut { color: var(--soft); font-style: italic; }
.cut { font-family: system-ui, sans-serif; }
details { margin-top: 0.5rem; }
summary { font-size: 0.8125rem; color: var(--soft); cursor: pointer; }
pre { margin: 0.125rem 0 0.5rem; padding: 0.5rem 0.75rem; background: var(--wash); white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.4; }
.row-values { margin-top: 0.375rem; display: flex; flex-wrap: wrap; gap: 0.125rem 1.5rem; font-size: 0.8125rem; }
.row-values div { display: flex; gap: 0.5rem; }
.row-values dt { color: var(--soft); }
.row-values dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
.chart { margin-top: 1rem; }
.chart svg { display: block; }
.chart text { fill: var(--ink); font-size: 12px; }
.chart rect { stroke: var(--ink); stroke-width: 0.75; }
.chart .frame { fill: none; }
.chart pattern rect { stroke: none; fill: var(--ground); }
.chart .ground-plain { fill: var(--plain); }
.chart .ink { stroke: var(--ink); stroke-width: 1.2; fill: none; }
.chart .spot { fill: var(--ink); }
figcaption { margin-top: 0.375rem; font-size: 0.8125rem; color: var(--soft); }
footer { margin-top: 3.5rem; padding-top: 0.75rem; border-top: 1px solid var(--line); font-size: 0.8125rem; color: var(--soft); }
@media (max-width: 40rem) {
  .facts { grid-template-columns: minmax(0, 1fr); }
  main > section.verdict { padding: 1rem; gap: 0.75rem; }
  .verdict .sign { width: 2.5rem; font-size: 2.25rem; }
}
@page { size: A4; margin: 16mm 15mm 18mm; @bottom-right { content: counter(page) " / " counter(pages); font: 8pt system-ui, sans-serif; } }
@media print {
  html { color-scheme: light; font-size: 10pt; }
  body { max-width: none; padding: 0; }
  nav { display: none; }
  main > section { margin-top: 9mm; }
  main > section.verdict { margin-top: 6mm; padding: 4mm 6mm; }
  th, td { padding: 1.2mm 2.5mm 1.2mm 0; }
  .approvals td, .approvals tbody th { height: 14mm; }
  .lead, .none { max-width: none; break-inside: avoid; }
  thead { display: table-header-group; }
  tfoot { display: table-row-group; }
  tr, .chart, .key, .verdict, #approvals, .facts { break-inside: avoid; }
  #tables tbody { break-inside: avoid; }
  h2, h3, h4, caption, .lead, .key { break-after: avoid; }
  #coverage { break-before: page; margin-top: 0; }
  .difference { break-inside: avoid; }
  .scroll { overflow: visible; }
  .chart svg { width: 100%; height: auto; }
  details > summary { list-style: none; }
  details::details-content { display: block; content-visibility: visible; block-size: auto; }
  pre { border: 1px solid var(--line); padding: 1.5mm 2mm; background: none; }
  p, li, dd { orphans: 3; widows: 3; }
  a { color: inherit; text-decoration: none; }
}
`

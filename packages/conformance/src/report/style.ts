/** The page's whole look. Colours that carry meaning are Okabe and Ito's, and never carry it alone. */
export const style = `
:root {
  color-scheme: light dark;
  --paper: #fdfdfc; --ink: #1d2126; --quiet: #5b6470; --rule: #dfe2e6; --block: #f3f4f5;
  --good: #0072b2; --fail: #a8380a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #15181c; --ink: #e4e7ea; --quiet: #9aa4af; --rule: #333a42; --block: #1f242a;
    --good: #56b4e9; --fail: #f2a26e;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; padding: 3rem 1.25rem 6rem; background: var(--paper); color: var(--ink);
  font: 1.0625rem/1.6 system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif;
}
header, main, footer { max-width: 68rem; margin: 0 auto; }
p { max-width: 72ch; }
h1, h2, h3 { line-height: 1.2; font-weight: 650; text-wrap: balance; }
h1 { font-size: 2.1rem; margin: 0 0 .5rem; }
h2 { font-size: 1.45rem; margin: 0 0 .75rem; }
h3 { font-size: 1rem; margin: 0; overflow-wrap: anywhere; }
main > section { margin-top: 3.5rem; }
a { color: inherit; text-decoration-color: var(--quiet); text-underline-offset: .2em; }
.quiet { color: var(--quiet); }
.score { font-size: 1.2rem; font-weight: 600; margin: 1.5rem 0 0; }
.score b { font-size: 2.6rem; font-weight: 650; margin-right: .5rem; font-variant-numeric: tabular-nums; }
.good { color: var(--good); }
.fail { color: var(--fail); font-weight: 700; }
.scroll { overflow-x: auto; margin: 1.25rem 0; }
table { border-collapse: collapse; font-size: .95rem; min-width: 100%; }
th, td { text-align: left; padding: .4rem 1.1rem .4rem 0; border-bottom: 1px solid var(--rule); vertical-align: baseline; white-space: nowrap; }
thead th { color: var(--quiet); font-weight: 500; }
tbody th { font-weight: 500; position: sticky; left: 0; background: var(--paper); }
td { font-variant-numeric: tabular-nums; }
.wide td { white-space: normal; min-width: 16rem; }
.failure { border-left: 3px solid var(--fail); padding: .1rem 0 .1rem 1rem; margin: 1.75rem 0; }
.failure p { margin: .4rem 0; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .15rem 1rem; margin: .6rem 0; font-size: .9rem; }
dt { color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; white-space: pre-wrap; }
dd, code { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; }
.again { background: var(--block); border-radius: .4rem; padding: .6rem .9rem; overflow-x: auto; margin: .6rem 0; }
.again code { font-size: .86rem; white-space: pre; }
summary { cursor: pointer; }
details { margin: .75rem 0; }
footer { margin-top: 4rem; padding-top: 1.25rem; border-top: 1px solid var(--rule); color: var(--quiet); font-size: .95rem; }
@media (max-width: 40rem) {
  body { padding: 1.75rem 1rem 4rem; font-size: 1rem; }
  h1 { font-size: 1.7rem; }
  main > section { margin-top: 2.75rem; }
  th, td { padding-right: .8rem; }
  dl { grid-template-columns: 1fr; gap: 0; }
  dt { margin-top: .4rem; }
}
@media print { body { padding: 0; } table, .failure { break-inside: avoid; } }
`

/** Light and dark. Colours that carry meaning are Okabe and Ito's, and never carry it alone. */
export const colours = `
:root {
  color-scheme: light dark;
  --paper: #fdfdfc; --ink: #1d2126; --quiet: #5b6470; --rule: #dfe2e6; --block: #f3f4f5;
  --first: #0072b2; --second: #b85a00; --fail: #a8380a;
  --third: #007a5a; --fourth: #a3447c; --fifth: #7a6a00; --sixth: #4a5fc1;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #15181c; --ink: #e4e7ea; --quiet: #9aa4af; --rule: #333a42; --block: #1f242a;
    --first: #56b4e9; --second: #e69f00; --fail: #f2a26e;
    --third: #2cc295; --fourth: #e29cc4; --fifth: #d8ca4a; --sixth: #9aa8f5;
  }
}
`

/** A page's whole look. */
export const style = `${colours}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; padding: 3rem 1.25rem 6rem; background: var(--paper); color: var(--ink);
  font: 1.0625rem/1.6 system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif;
}
header, main, footer { max-width: 60rem; margin: 0 auto; }
p, ul, ol { max-width: 72ch; }
h1, h2 { line-height: 1.2; font-weight: 650; text-wrap: balance; }
h1 { font-size: 2.1rem; margin: 0 0 .5rem; }
h2 { font-size: 1.45rem; margin: 0 0 .75rem; }
h2 .number { color: var(--quiet); font-weight: 400; margin-right: .6em; }
a { color: inherit; text-decoration-color: var(--quiet); text-underline-offset: .2em; }
main > section { margin-top: 4.5rem; scroll-margin-top: 1.5rem; }
.quiet { color: var(--quiet); }
.summary { font-size: 1.2rem; font-weight: 600; margin: 1.5rem 0 0; }
.contents { list-style: none; padding: 0; margin: 1.25rem 0 0; max-width: 44rem; }
.contents li { display: flex; gap: .75rem; padding: .35rem 0; border-top: 1px solid var(--rule); }
.contents .number { color: var(--quiet); width: 1.6em; flex: none; text-align: right; }
.contents .outcome { margin-left: auto; white-space: nowrap; }
.passed { color: var(--first); white-space: nowrap; }
.failed { color: var(--fail); font-weight: 700; white-space: nowrap; }
.note { border-left: 3px solid var(--rule); padding: .1rem 0 .1rem 1rem; color: var(--quiet); max-width: 72ch; }
.note.failed { border-color: var(--fail); color: var(--fail); white-space: normal; }
pre { background: var(--block); padding: .9rem 1.1rem; border-radius: .4rem; overflow-x: auto; margin: 1.25rem 0; }
code, .figure { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; }
pre code { font-size: .86rem; line-height: 1.55; }
.scroll { overflow-x: auto; margin: 1.5rem 0; }
.long { max-height: 24rem; overflow-y: auto; }
table { border-collapse: collapse; font-size: .95rem; min-width: 100%; }
caption { text-align: left; color: var(--quiet); padding-bottom: .4rem; }
th, td { text-align: left; padding: .45rem 1.25rem .45rem 0; border-bottom: 1px solid var(--rule); vertical-align: baseline; }
thead th { color: var(--quiet); font-weight: 500; white-space: nowrap; }
tbody th { font-weight: 400; min-width: 11rem; }
/* On a phone the outcome's column is out of sight, so its symbol stands before the name as well. */
.narrow { display: none; }
.check { min-width: 14rem; }
.figure { font-size: .9rem; white-space: nowrap; font-variant-numeric: tabular-nums; }
figure { margin: 1.5rem 0; }
figcaption { color: var(--quiet); font-size: .95rem; max-width: 72ch; margin-top: .5rem; }
.side { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); gap: 1rem 2.5rem; }
.side figcaption { margin: 0 0 .4rem; color: var(--ink); font-weight: 600; }
.chart { max-width: 100%; height: auto; }
.strip { display: flex; flex-wrap: wrap; gap: .9rem; }
.strip.row { flex-wrap: nowrap; }
.strip figure { margin: 0; max-width: 100%; min-width: 0; }
.strip figcaption { margin-top: .2rem; font-size: .85rem; }
img { display: block; max-width: 100%; height: auto; border-radius: .2rem; image-rendering: pixelated; }
footer { margin-top: 5rem; padding-top: 1.25rem; border-top: 1px solid var(--rule); color: var(--quiet); font-size: .95rem; }
@media (max-width: 40rem) {
  body { padding: 1.75rem 1rem 4rem; font-size: 1rem; }
  h1 { font-size: 1.7rem; }
  th, td { padding-right: .9rem; }
  tbody th { min-width: 8.5rem; }
  .narrow { display: inline; }
  main > section { margin-top: 3.25rem; }
}
@media print { body { padding: 0; } table, figure { break-inside: avoid; } }
`

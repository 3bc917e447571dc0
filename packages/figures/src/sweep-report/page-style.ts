import { FAINT, INK } from '../style.js';

/** The page's style sheet: light, black on white in print, one column from a phone's width on. */
export const PAGE_STYLE = `
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0; background: #fff; color: ${INK}; font: 16px/1.5 "DejaVu Sans", Verdana, system-ui, sans-serif; overflow-wrap: anywhere; }
header, nav, main { max-width: 808px; margin: 0 auto; padding: 0 24px; }
header { padding-top: 28px; }
h1 { font-size: 26px; line-height: 1.25; margin: 0 0 8px; }
h2 { font-size: 20px; line-height: 1.3; margin: 40px 0 8px; padding-top: 12px; border-top: 1px solid #ccc; }
h3 { font-size: 16px; margin: 20px 0 4px; }
header p, figcaption { color: ${FAINT}; }
ul { margin: 4px 0 12px; padding-left: 20px; }
li { margin: 3px 0; }
code { font: 0.92em/1 "DejaVu Sans Mono", ui-monospace, monospace; background: #f2f2f0; padding: 1px 4px; border-radius: 3px; }
nav a { display: block; padding: 2px 0; color: #0a558c; }
figure { margin: 20px 0; break-inside: avoid; }
figure svg { display: block; max-width: 100%; height: auto; font-family: "DejaVu Sans", Verdana, sans-serif; }
figure.samples img { max-width: 100%; height: auto; image-rendering: pixelated; border: 1px solid #ccc; }
figcaption { font-size: 14px; }
ul.summary { border-left: 4px solid #0072B2; background: #f5f8fb; padding: 8px 12px 8px 26px; margin: 12px 0; }
.narrow { display: none; }
.table { overflow-x: auto; margin: 16px 0; }
table { border-collapse: collapse; font-size: 12px; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
caption { text-align: left; color: ${FAINT}; padding-bottom: 4px; }
th, td { padding: 3px 8px 3px 0; border-bottom: 1px solid #e2e2e2; text-align: right; white-space: nowrap; font-weight: normal; }
th:first-child { text-align: left; }
thead th { border-bottom: 1px solid #999; font-weight: bold; }
summary { cursor: pointer; font-weight: bold; padding: 8px 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 16px; font-size: 14px; }
dt { color: ${FAINT}; }
dd { margin: 0; }
@media (max-width: 640px) {
  header, nav, main { padding: 0 8px; }
  header { padding-top: 16px; }
  h1 { font-size: 22px; }
  .wide { display: none; }
  .narrow { display: block; }
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: 8px; }
}
@media print {
  body { font-size: 11pt; }
  .wide { display: block; }
  .narrow { display: none; }
  .table { overflow: visible; }
  table { font-size: 7.5pt; }
  details::details-content { content-visibility: visible; block-size: auto; }
  a { color: inherit; text-decoration: none; }
}
`;

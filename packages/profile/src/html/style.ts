/** Colours by Okabe and Ito (2008); every text on a coloured box has a contrast of 4.5 or more in both schemes. */
export const STYLE = `
:root{color-scheme:light dark;--paper:#fff;--ink:#1c1c1c;--faint:#595959;--rule:#d9d9d9;--grid:#e6e6e6;--code:#f3f3f3;
--warmup:#0072b2;--natural:#b24700;--evaluation:#8a4f7d;--good:#00694b;--bad:#b00020;--d0:#e4e4e4;--d1:#f5dcae;--d2:#bfe0f3;--d3:#d9efe6}
@media(prefers-color-scheme:dark){:root{--paper:#16181b;--ink:#e9e9e9;--faint:#a8adb3;--rule:#3a3f45;--grid:#2a2e33;--code:#22262b;
--warmup:#56b4e9;--natural:#f0935a;--evaluation:#cc9ac0;--good:#4fc99f;--bad:#ff8a80;--d0:#3a3f45;--d1:#5c4718;--d2:#1c4a63;--d3:#1d4a3c}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1060px;padding:20px;background:var(--paper);color:var(--ink);font:15px/1.5 "DejaVu Sans",Verdana,system-ui,sans-serif}
h1{font-size:1.5em;line-height:1.25;margin:0 0 .3em}h2{font-size:1.15em;margin:2em 0 .5em}h3{font-size:1em;margin:1.4em 0 .4em}
p{margin:.5em 0;max-width:76ch}.faint{color:var(--faint)}code{background:var(--code);padding:0 .25em;border-radius:3px;overflow-wrap:anywhere}
.verdict{font-weight:bold}.good{color:var(--good)}.bad{color:var(--bad)}
.scroll{overflow-x:auto;margin:.6em 0}table{border-collapse:collapse;font-size:13px;font-variant-numeric:tabular-nums;min-width:100%}
th,td{padding:3px 8px;text-align:right;border-bottom:1px solid var(--rule);white-space:nowrap}th{vertical-align:bottom;font-weight:bold}
th.l,td.l{text-align:left}small{color:var(--faint);font-size:12px}
tbody tr:hover{background:var(--code)}
.swatch{display:inline-block;width:.8em;height:.8em;border-radius:50%;margin-right:.35em;vertical-align:-.05em}
.legend span{margin-right:1.2em;white-space:nowrap}.swatch.warmup{background:var(--warmup)}.swatch.natural{background:var(--natural)}.swatch.evaluation{background:var(--evaluation)}
svg{display:block;max-width:none}svg text{font-size:12px;fill:var(--ink);font-family:inherit}
.grid{stroke:var(--grid)}.roof{fill:none;stroke:var(--ink);stroke-width:2}.leader{stroke:var(--faint);stroke-width:.8}
.point{fill-opacity:.55;stroke-width:1.5;fill:var(--faint);stroke:var(--faint)}
.point.warmup{fill:var(--warmup);stroke:var(--warmup)}.point.natural{fill:var(--natural);stroke:var(--natural)}.point.evaluation{fill:var(--evaluation);stroke:var(--evaluation)}
.number{font-weight:bold}.box{stroke:var(--paper)}.box.d0{fill:var(--d0)}.box.d1{fill:var(--d1)}.box.d2{fill:var(--d2)}.box.d3{fill:var(--d3)}
.narrow{display:none}@media(max-width:820px){.wide{display:none}.narrow{display:block}body{padding:12px;font-size:14px}}
@media print{body{max-width:none}.scroll{overflow:visible}}
`;

"""Style sheet of the page: light and dark, wide and narrow, on screen and on paper."""

from __future__ import annotations

__all__ = ["STYLE"]

STYLE = """
:root{color-scheme:light dark;--page:#fff;--card:#f6f7f9;--text:#16202c;--dim:#52606f;--line:#d5dbe3;--link:#0b5cad;
--ok:#d3ecd9;--ok-edge:#1f7a3a;--bad:#fbd9d7;--bad-edge:#b3261e;--again:#fdebc4;--again-edge:#8a5a00;
--back:#d6e6fb;--back-edge:#1d5fb4;--off:#eceff3;--off-edge:#66727f}
@media (prefers-color-scheme:dark){:root{--page:#12171d;--card:#1b222b;--text:#e8edf3;--dim:#a3b0be;--line:#36414e;
--link:#7db8ff;--ok:#16402a;--ok-edge:#5fcf87;--bad:#53211f;--bad-edge:#ff8a80;--again:#4a3710;--again-edge:#f0bd57;
--back:#173a63;--back-edge:#82b6ff;--off:#29323d;--off-edge:#9aa7b5}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1200px;padding:1rem;background:var(--page);color:var(--text);
font:16px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.5rem;margin:.25rem 0;line-height:1.25}
h2{font-size:1.15rem;margin:2rem 0 .5rem}
.alarm h2{margin:.25rem 0}
a{color:var(--link)}
code,pre,.name,.note{font-family:ui-monospace,monospace}
pre{margin:.25rem 0;padding:.6rem;background:var(--card);border-radius:6px;white-space:pre-wrap;font-size:.85rem}
.dim{color:var(--dim)}
.facts{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;margin:.5rem 0;padding:0}
.facts div{display:flex;gap:.4rem}
.facts dt{color:var(--dim)}
.facts dd{margin:0}
.counts{display:flex;flex-wrap:wrap;gap:.5rem;list-style:none;margin:1rem 0;padding:0}
.state{display:inline-block;padding:.05rem .55rem;border-radius:1rem;border:1px solid var(--off-edge);
background:var(--off);white-space:nowrap}
.ran,.success{--fill:var(--ok);--edge:var(--ok-edge)}
.failed,.failure{--fill:var(--bad);--edge:var(--bad-edge)}
.replayed,.partial_success{--fill:var(--again);--edge:var(--again-edge)}
.restored{--fill:var(--back);--edge:var(--back-edge)}
.completed-earlier{--fill:var(--page);--edge:var(--ok-edge)}
.skipped{--fill:var(--off);--edge:var(--off-edge)}
.state{background:var(--fill);border-color:var(--edge)}
.alarm{border-left:4px solid var(--bad-edge);padding:.1rem 0 .1rem .75rem;margin:1rem 0}
.wide{overflow-x:auto;border:1px solid var(--line);border-radius:8px}
svg{display:block;max-width:100%;height:auto}
rect.state-box{fill:var(--fill);stroke:var(--edge);stroke-width:1.5}
rect.skipped,rect.completed-earlier{stroke-dasharray:5 4}
.edge{stroke:var(--dim);fill:none}
.tip{fill:var(--dim)}
text.name{fill:var(--text)}
text.note{fill:var(--dim)}
.timeline{list-style:none;margin:0;padding:0}
.timeline li{display:grid;grid-template-columns:16rem 1fr 6rem;gap:.75rem;align-items:center;padding:.15rem 0}
.timeline .who{white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.timeline .long{text-align:right;color:var(--dim);white-space:nowrap}
.track{position:relative;height:1.25rem;background:var(--card);border-radius:4px}
.bar{position:absolute;top:0;bottom:0;min-width:3px;border-radius:4px;background:var(--fill);
border:1px solid var(--edge)}
.axis .track{background:none;font-size:.75rem;color:var(--dim)}
.axis .track span{position:absolute;border-left:1px solid var(--line);padding-left:.25rem;white-space:nowrap}
table{border-collapse:collapse;width:100%;min-width:44rem;font-size:.92rem}
th,td{text-align:left;vertical-align:top;padding:.4rem .6rem;border-bottom:1px solid var(--line);
overflow-wrap:break-word}
thead th{background:var(--card);color:var(--dim);font-weight:600}
tr:last-child>*{border-bottom:0}
td:last-child{min-width:14rem}
.number{text-align:right;white-space:nowrap}
tbody th{font-weight:600;min-width:9rem}
summary{cursor:pointer}
footer{margin-top:2rem;font-size:.85rem;color:var(--dim)}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
@media (max-width:640px){body{padding:.75rem}
.timeline li{grid-template-columns:1fr auto;gap:.1rem .75rem}
.timeline .track{grid-column:1/3;grid-row:2}
.axis .who,.axis .long{display:none}}
@media print{.wide{overflow:visible}body{max-width:none}}
"""

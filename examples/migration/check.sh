#!/bin/sh
# Hold an engine against Fillproof's reference: ./check.sh ported_v2.py
# Ends with the worse of two answers: 0 same, 1 different, 2 not proven, 3 error.
cd "$(dirname "$0")" || exit 3
candidate="callable:${1:-ported_v2.py}:play"
reports="${REPORTS:-reports}"
mkdir -p "$reports"
# On GitHub the page of the run shows the reports, too.
summary="${GITHUB_STEP_SUMMARY:+--summary}"

# The strategy on its own candles: is there one trade, one cent that differs?
fillproof verify --config job.toml --candidate "$candidate" \
    --require-rules X1.stop,X1.target,X2.gap_stop,X3.worst \
    --html "$reports/job.html" --markdown "$reports/job.md" $summary
job=$?

# The rules that the engine claims, by cases that the candles may never show.
fillproof verify --candidate "$candidate" --only 'execution/X[123].*' \
    --known-gaps known_gaps.toml --markdown "$reports/rules.md" $summary
rules=$?

[ "$job" -gt "$rules" ] && exit "$job"
exit "$rules"

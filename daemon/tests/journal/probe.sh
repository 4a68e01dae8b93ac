#!/bin/sh
# Called as `probe.sh probe-store DIR` by the test program: becomes that program again, in the probe's role.
[ "$1" = probe-store ] || exit 64
JOURNAL_ROLE=probe JOURNAL_DIR="$2" exec "/proc/$PPID/exe" --exact roles::probe --ignored --test-threads=1

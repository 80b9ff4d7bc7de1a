#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A small model under many faults settles, whatever the seed; and the same seed
# makes the same events, also another time. Whenever the power fails, what was
# acknowledged is on disk; and that changes no event.
# usage: test.sh SIM
set -eu
sim=${1:?the program sim}
run() {
	"$sim" --applications 4 --units 12 --relations 20 --faults 0.1 "$@"
}
trace() {
	grep '"trace"'
}
for seed in 1 2 3; do
	run --seed "$seed" | trace
done
run --client-units 2 | trace
first=$(run --seed 5 | trace)
second=$(run --seed 5 | trace)
other=$(run --seed 6 | trace)
cut=$(run --seed 5 --cuts 100)
[ "$first" = "$second" ]
[ "$first" = "$(echo "$cut" | trace)" ]
echo "$cut" | grep '"power-cuts": [1-9][0-9][0-9]'
[ "$first" != "$other" ]

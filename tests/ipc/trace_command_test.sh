#!/bin/bash
# trace_command_test.sh BRIG PICTURE GREETER NAMES - `brig trace -- COMMAND`: programs that know nothing
# of journals are recorded. NAMES is the greeter's permissions.json. One line a check.
set -u
# shellcheck source=tests/support/check.sh
. "$(dirname "$(readlink -f "$0")")/../support/check.sh"
brig=$1
picture=$2
greeter=$3
names=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
cp "$picture" a.png

# Of each line what is the same each time: child, direction, method and kind.
told()
{
	"$brig" trace "$1" | sed -E 's/^ *[0-9.]+ ms  //; s/, .*//'
}

greeted()
{
	diff - <(told g.journal) <<'END'
service 1 begins
service 1 > lifecycle.sealed event
service 1 < lifecycle.begin event
service 1 > 64.1 request #1
service 1 < 64.1 reply #1
service 1 > 64.1 request #2
service 1 < 64.2 event
service 1 < 64.1 error #2
service 1 ends: clean
END
}

# Its brokers end with it: what was said before is in the file all the same.
killed()
{
	mkfifo said
	# shellcheck disable=SC2016 # it is the other shell's
	"$brig" trace -o k.journal -- sh -c '"$1" render a.png -o k.png --quiet; : >said; kill -KILL $$' sh "$brig" &
	read -r _ <said
	wait $!
}

# The command hears of it, and dies of it; so does what runs it.
terminated()
{
	mkfifo up never
	"$brig" trace -o t.journal -- sh -c ': >up; exec cat never' &
	read -r _ <up
	kill -TERM $!
	wait $!
}

nothing_left()
{
	! compgen -G '*.??????' >/dev/null
}

by_environment()
{
	BRIG_TRACE_DIR=$1 "$brig" render a.png -o e.png
}

check "a command of brig's is recorded" 0 "recorded: a.journal" "$brig" trace -o a.journal -- \
	"$brig" render a.png -o b.png
check "what it said" 0 "renderer 1 > surface.create request #1" told a.journal
check "for its owner alone" 0 600 stat -c %a a.journal
check "of headers" 0 '"payloads": false' "$brig" trace --json a.journal
check "a program of an embedder's, too" 0 "it ended cleanly" "$brig" trace -o g.journal --payloads -- "$greeter"
check "all that was said" 0 "" greeted
check "with payloads" 0 '"payload": "0a05776f726c64"' "$brig" trace --json g.journal
check "by their names, if it is told them" 0 "service 1 > greeter.greet request #1" \
	"$brig" trace --names "$names" g.journal
check "in trace events, too" 0 '"name": "greeter.greet"' "$brig" trace --chrome --names "$names" g.journal
check "not by another file" 2 "a.png is no NAME.permissions.json" "$brig" trace --names a.png g.journal
check "names and forms are for a file" 2 "are for a FILE: record first" "$brig" trace --json -- true
check "which is replayed as far as it is known" 0 "5 messages from a service that isn't known" "$brig" replay g.journal
# shellcheck disable=SC2016 # it is the other shell's
check "two brokers are two journals" 0 "recorded: two.journal.2" "$brig" trace -o two.journal -- sh -c \
	'"$1" render a.png -o c.png && "$1" render a.png -o d.png' sh "$brig"
check "both of them whole" 0 "no difference" "$brig" replay two.journal.2
check "the command's status" 7 "" "$brig" trace -- sh -c 'exit 7'
check "its signal" 137 "" killed
check "and what was said until then" 0 "renderer 1 ends: clean" told k.journal
check "signals reach it" 143 "" terminated
check "nothing recorded, told" 1 "true created no broker" "$brig" trace -- true
# Of directories that may not be looked into it would say that instead.
check "no such command" 127 "nosuch: No such file" env PATH=/usr/bin:/bin "$brig" trace -- nosuch
check "one that can't be run" 126 "a.png: Permission denied" "$brig" trace -- ./a.png
check "no place for it" 2 "nothing can be written beside /nowhere/x" "$brig" trace -o /nowhere/x -- true
check "no command" 2 "Usage: brig trace" "$brig" trace -o x --
check "an output without a command" 2 "Usage: brig trace" "$brig" trace -o x a.journal
check "what isn't ours is gone" 0 "" nothing_left
mkdir dir && ln -s dir link
check "by the environment alone" 0 "1 of 1 rendered" by_environment dir
check "a file of its own" 0 "-1.journal" ls dir
check "no directory, no broker" 3 "No such file" by_environment nowhere
check "nor through a link" 3 "Not a directory" by_environment link
conclude

#!/bin/bash
# cli_test.sh BRIG MAKE_IMAGES - the command as people use it. One line a check; fails if one does.
set -u
# shellcheck source=tests/support/check.sh
. "$(dirname "$(readlink -f "$0")")/../support/check.sh"
brig=$1
make_images=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
mkdir in
"$make_images" in --hostile || exit 1

# Class, level, and what came of two layers, as the JSON document has them of the plugin.
plugin_ended()
{
	local words='class\|level\|root\|seccomp'

	"$brig" render --json "$1" -o p.png 2>/dev/null |
		sed -n "/\"plugin_process\": {/,/\"refused\"/s/^ *\"\($words\)\": \"\(.*\)\",*\$/\2/p" |
		paste -sd' '
}

is_png()
{
	[[ $(head -c 8 "$1" | od -An -tx1 | tr -d ' \n') = 89504e470d0a1a0a ]]
}

no_temporaries()
{
	[[ -z $(find . -name '.brig-*') ]]
}

# Two hundred pictures, one at a time: far from done when the first is there.
interrupted()
{
	local status=0 i pid

	mkdir many
	for i in $(seq 200); do
		cp in/fractal.png "many/$i.png"
	done
	"$brig" render --jobs 1 many/*.png -o stopped/ 2>/dev/null >/dev/null &
	pid=$!
	until compgen -G 'stopped/*.png' >/dev/null; do
		kill -0 "$pid" || return 1
	done
	kill -INT "$pid"
	wait "$pid" || status=$?
	return "$status"
}

# A pipe that says nothing for now: what else there is to do is done meanwhile, then it is read.
beside_a_slow_pipe()
{
	local pid status=0

	mkfifo slow
	"$brig" render --jobs 1 - in/fractal.png -o beside/ <slow &
	pid=$!
	exec 9>slow
	timeout 20 sh -c 'until [ -s beside/fractal.png ]; do :; done' || status=9
	cat in/photo.jpg >&9
	exec 9>&-
	wait "$pid" || status=$?
	return "$status"
}

# Nor does it keep the command from ending.
interrupted_at_a_pipe()
{
	local pid status=0

	mkfifo silent
	"$brig" render - in/fractal.png -o ended/ <silent >/dev/null 2>&1 &
	pid=$!
	exec 9>silent
	timeout 20 sh -c 'until [ -s ended/fractal.png ]; do :; done' || status=9
	kill -INT "$pid"
	wait "$pid" || status=$?
	exec 9>&-
	return "$status"
}

# As on a machine that gives no user namespaces, nor any other that is made in one.
without_namespaces()
{
	unshare --user --keep-caps --map-user=1000 --map-group=1000 \
		sh -c 'echo 0 >/proc/sys/user/max_user_namespaces && exec "$@"' sh "$@"
}

# How many layers doctor says that of.
layers_that_are()
{
	without_namespaces "$brig" doctor | awk -v word="$1" '$2 == word { n++ } END { print word "=" n "." }'
}

check "no arguments is a usage error" 2 "Usage" "$brig"
check "a wrong name is answered with the nearest" 2 "did you mean 'render'" "$brig" rendr
check "or with none" 2 "there is no 'version2'; 'brig help' lists them" "$brig" version2
check "version is no wrong name" 0 "build " "$brig" version
check "version" 0 "brig 0." "$brig" --version
check "help lists" 0 "doctor" "$brig" help
check "help explains" 0 "EXIF orientation and ICC profiles are not applied yet" "$brig" help render
check "no output is a usage error" 2 "add -o OUT" "$brig" render in/fractal.png
check "no input is a usage error" 2 "which images" "$brig" render -o x
check "a bad number is a usage error" 2 "--jobs 0" "$brig" render --jobs 0 in/fractal.png -o x
check "an unknown option is answered in brig's name" 2 "brig: unrecognized option '--bogus'" \
	"$brig" render --bogus in/fractal.png -o x
check "two images on stdout are a usage error" 2 "only one image" \
	"$brig" render in/fractal.png in/photo.jpg -o -
cp in/fractal.png in/photo.png
check "two inputs, one output" 2 "would both become" "$brig" render in/photo.png in/photo.jpg -o out/
rm in/photo.png
check "nothing was begun" 1 "" test -e out
check "an output that is an input" 2 "both an input and an output" \
	"$brig" render in/fractal.png -o in/fractal.png
check "every kind of picture" 0 "10 of 10 rendered" "$brig" render in/*.* -o out/
check "the result is a PNG" 0 "" is_png out/album.png
check "to standard output, with the summary on stderr" 0 "1 of 1" \
	sh -c "'$brig' render in/photo.jpg -o - >piped.png"
check "which is a PNG" 0 "" is_png piped.png
check "from standard input" 0 "fractal 640x480" \
	sh -c "cat in/fractal.png | '$brig' render - -o s.png | sed 's/png 640/fractal 640/'"
check "which others need not wait for" 0 "2 of 2 rendered" beside_a_slow_pipe
check "nor does an interrupt" 130 "" interrupted_at_a_pipe
check "standard input is bounded" 1 "larger than the limit on bytes" \
	sh -c "cat in/fractal.png | '$brig' render --max-bytes 100 - -o s2.png"
check "JSON" 0 '"schema": 1' "$brig" render --json in/fractal.png -o j.png
check "JSON without a plugin" 0 '"plugin_process": null' "$brig" render --json in/fractal.png -o j.png
check "JSON tells how the plugin ended" 0 "clean full claimed attested" plugin_ended in/picture.ppm
head -c 100 in/picture.ppm >cut.ppm
check "and how one that gave up did" 0 "clean full claimed attested" plugin_ended cut.ppm
check "help explains it" 0 '"plugin_process": the same' "$brig" help render
check "quiet" 0 "" sh -c "test -z \"\$('$brig' render --quiet in/fractal.png -o q.png 2>&1)\""
mkfifo fifo
ln -s nowhere dangling
check "a FIFO" 1 "fifo: not a regular file" "$brig" render fifo -o f.png
check "an output that is a FIFO" 2 "fifo is there, and is no regular file" \
	"$brig" render in/fractal.png -o fifo
check "is left alone" 0 "" test -p fifo
check "a directory" 1 "in: not a regular file" "$brig" render in -o f.png
check "a dangling link" 1 "No such file" "$brig" render dangling -o f.png
check "an empty file" 1 "the file is empty" "$brig" render in/hostile/empty.png -o f.png
check "a text" 1 "not an image of a known format (its first bytes match none)" "$brig" render in/hostile/text.png -o f.png
check "a truncated file" 1 "the file ends too early (libjpeg: more bytes were to come)" \
	"$brig" render in/hostile/cut-0002048.jpg -o f.png
check "another, in libpng's words" 1 "the file ends too early" \
	"$brig" render in/hostile/cut-0001024.png -o f.png
check "too many pixels" 1 "limit on pixels" "$brig" render in/hostile/huge.pgm -o f.png
check "none of them left a file" 1 "" test -e f.png
check "the others go on" 1 "1 of 2 rendered" "$brig" render fifo in/fractal.png -o others/
check "a name with control characters is escaped" 1 'a\x1b[31m' \
	"$brig" render $'a\e[31m' -o f.png
printf 'BRIG-SHEET 1\ncell 9x9\ngrid 2x2\n../x.png\nfractal.png\n' >in/refused.sheet
check "a refused name is listed" 1 "../x.png: leads out of the sheet's directory" \
	"$brig" render in/refused.sheet -o r.png
check "and counted" 1 "claimed); 1 name refused" \
	"$brig" render in/refused.sheet -o r.png
check "and its sheet is written" 0 "" is_png r.png
{ printf 'BRIG-SHEET 1\ncell 9x9\ngrid 1x1\n' && printf '\377%.0s' {1..255}; } >in/long.sheet
check "the longest name is escaped whole" 1 "$(printf '\\xff%.0s' {1..255}): no such file" \
	"$brig" render in/long.sheet -o r.png
check "a full device is named" 1 "No space left on device" \
	sh -c "'$brig' render in/fractal.png -o - >/dev/full"
check "nothing is said of how none was rendered" 0 "0 of 1 rendered." \
	sh -c "'$brig' render in/fractal.png -o - 2>&1 >/dev/full | sed -n 's/rendered$/rendered./p'"
check "no such directory is named" 1 "nowhere/x.png can't be written: No such file" \
	"$brig" render in/fractal.png -o nowhere/x.png
check "umask is respected" 0 "600" \
	sh -c "umask 077; '$brig' render in/fractal.png -o u.png; stat -c %a u.png"
check "Ctrl-C ends it with 130" 130 "" interrupted
check "long before all were done" 0 "" sh -c "test \$(find stopped -type f | wc -l) -lt 200"
check "no temporary file is left" 0 "" no_temporaries
check "without namespaces nothing is run" 3 "nothing was run: the sandbox stopped at 'user_ns'" \
	without_namespaces "$brig" render in/fractal.png -o none.png
check "less than all is run where that is accepted, and said" 0 "WEAKENED to no_userns, as --least allowed" \
	without_namespaces "$brig" render in/fractal.png --least no_userns -o weak.png
check "which is a level there is" 2 "full, no_userns or seccomp_only" \
	"$brig" render in/fractal.png --least most -o weak.png
check "more is put on where it can be had" 0 "layers (" \
	"$brig" render in/fractal.png --least seccomp_only -o weak.png
check "and nothing written" 1 "" test -e none.png
check "what to do is said" 3 "raise user.max_user_namespaces" \
	without_namespaces "$brig" render in/fractal.png -o none.png
check "doctor, too, finds no sandbox" 3 "NO SANDBOX" without_namespaces "$brig" doctor
check "of one layer that is missing" 0 "MISSING=1." layers_that_are MISSING
check "and eight that need it" 0 "untried=8." layers_that_are untried
check "doctor" 0 "a picture in a sealed renderer: decoded" "$brig" doctor
check "doctor, for machines" 0 '"renderer"' "$brig" doctor --json
conclude

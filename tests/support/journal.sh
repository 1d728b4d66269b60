# shellcheck shell=bash
# tests/support/journal.sh - journals of what no program says each time. Sourced by scripts.

# le BYTES NUMBER: little-endian, as printf's escapes.
le()
{
	local i

	for ((i = 0; i < $1; i++)); do
		printf '\\x%02x' $((($2 >> (8 * i)) & 255))
	done
}

# said OURS TIME KIND ID [SERVICE]: a message of method 1 of service 64, its header alone.
said()
{
	# shellcheck disable=SC2059 # escapes are what is printed
	printf "$(le 4 64)\\x02$(le 1 "$1")$(le 2 0)$(le 8 "$2")$(le 8 1)$(le 8 32)$(
		)\\x01$(le 1 "$3")$(le 2 0)$(le 2 "${5-64}")$(le 2 1)$(le 8 "$4")$(le 4 0)$(le 4 0)$(le 8 0)"
}

# begun JOURNAL: its head, and the beginning of its first child.
begun()
{
	head -c $((24 + $(od -An -tu4 -j24 -N4 "$1"))) "$1"
}

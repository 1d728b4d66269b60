#!/bin/bash
# ipc_cli_test.sh BRIG SOURCE - `brig ipc` as people use it, and the pages that are made of it. One
# line a check.
set -u
# shellcheck source=tests/support/check.sh
. "$(dirname "$(readlink -f "$0")")/../support/check.sh"
brig=$1
source=$2

same_page()
{
	diff <("$brig" ipc "$2" --markdown) "$source/docs/$1"
}

# json EXPRESSION WORD...: it prints one document, of which that holds.
json()
{
	local said

	said=$("$brig" ipc "${@:2}" --json) && [[ $said ]] && jq -e "$1" <<<"$said" >/dev/null
}

# payload BYTES METHOD
payload()
{
	printf '%b' "$1" | "$brig" ipc check "$2"
}

check "docs/BAD_MESSAGES.md is what is compiled" 0 "" same_page BAD_MESSAGES.md codes
check "docs/METHODS.md is what is compiled" 0 "" same_page METHODS.md methods
check "a code by its number" 0 " 22  nul            fields      text with a NUL inside" "$brig" ipc codes 22
check "and by its name" 0 " 22  nul " "$brig" ipc codes nul
check "one that there isn't" 2 "there is no bad-message code '0'" "$brig" ipc codes 0
check "the codes as JSON" 0 "" json 'map(.code) == [range(1; length + 1)]' codes
check "one of them" 0 "" json 'length == 1 and .[0].name == "utf8"' codes utf8
check "the methods as JSON" 0 "" json \
	'map(select(.name == "files.open"))[0] | .roles == ["renderer"] and .permission == "files.read" and .fds_out == ["regular_ro"]' methods
check "a lawful request" 0 "files.open: 3 bytes, a lawful request" payload '\x0a\x01a' files.open
check "one that is not" 1 "code 22 (nul): text with a NUL inside: field name" payload '\x0a\x02a\x00' files.open
check "one that is too long" 1 "code 10 (size)" payload "$(printf '%0300d' 0)" files.open
check "a method that there isn't" 2 "there is no method 'files.close'" payload '' files.close
check "without a word it explains itself" 0 "Usage: brig ipc codes" "$brig" ipc
check "so it does when asked" 0 "Usage: brig ipc codes" "$brig" ipc --help
check "another word" 2 "Usage: brig ipc codes" "$brig" ipc nonsense
conclude

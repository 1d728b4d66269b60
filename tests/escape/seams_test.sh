#!/bin/bash
# seams_test.sh NM "SEAM..." OBJECT... - does seam.c stand around everything by which the set-up asks
# the kernel? What the objects need of libc is wrapped, or is listed here as something that can't fail.
set -eu

nm=$1
read -ra seams <<<"$2"
shift 2

# Strings, numbers, memory and objects that are there; and calls that never fail (getuid(2), umask(2)).
readonly harmless=' __errno_location snprintf __snprintf_chk memcpy memset memmove memcmp strlen strcmp
 strncmp strchr strtol strtoul __isoc23_strtol __isoc23_strtoul sigemptyset environ _exit geteuid getegid
 explicit_bzero __explicit_bzero_chk getauxval umask sysconf dl_iterate_phdr __stack_chk_fail _GLOBAL_OFFSET_TABLE_ '
# Not system calls: memory, which clearenv and calloc answer for, and dlopen, which calls for itself.
readonly libc_own=' calloc malloc free clearenv dlopen dlsym '

objects=()
for object; do
	case $object in
	*/layers/names.c.o) ;;    # texts
	*/layers/priority.c.o) ;; # a broker's, of its children: none of them sets its own
	*/layers/*.o | */policy/load.c.o | */runtime/bootstrap.c.o | */runtime/main.c.o | */runtime/zygote.c.o)
		objects+=("$object")
		;;
	esac
done
[[ ${#objects[@]} -ge 10 ]] || { echo "only ${#objects[@]} objects of the set-up"; exit 1; }

bad=0 n=0
while read -r symbol; do
	case $symbol in
	brig_* | protobuf_c_* | __asan_* | __ubsan_* | __sanitizer_* | __sancov_* | __start___sancov* | __stop___sancov*) continue ;;
	esac
	n=$((n + 1))
	[[ " ${seams[*]} " != *" $symbol "* ]] || continue
	[[ ${harmless//$'\n'/ } != *" $symbol "* && $libc_own != *" $symbol "* ]] || continue
	echo "$symbol: seam.c wraps no such function, and nothing here says that it can't fail"
	bad=1
done < <("$nm" -u "${objects[@]}" | awk '$1 == "U" { print $2 }' | sort -u)
echo "$n functions in ${#objects[@]} objects"
[[ $n -gt 20 ]] || exit 1
exit "$bad"

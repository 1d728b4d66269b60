#!/bin/bash
# package_test.sh BUILD SOURCE CMAKE CC CXX SANITIZERS - what was installed, as a stranger uses it:
# after it was moved, from a project of its own, by CMake and by pkg-config. One line a check.
#
# A sanitizer build does all of it, too: the stranger compiles with the same sanitizers.
set -u
# shellcheck source=tests/support/check.sh
. "$(dirname "$(readlink -f "$0")")/../support/check.sh"
build=$1
source=$2
cmake=$3
cc=$4
cxx=$5
sanitizers=$6
picture=$source/docs/album.png
work=$(mktemp -d)
chmod 755 "$work" # a helper that gave up root must be able to read what it links
manifest=$build/install_manifest.txt
flags=()
[[ -z $sanitizers ]] || flags=("-fsanitize=$sanitizers")

# The builder's own list of what to uninstall is none of a test's business.
clean_up()
{
	rm -rf "$work" "$manifest"
	[[ ! -e $manifest.kept ]] || mv "$manifest.kept" "$manifest"
}
trap clean_up EXIT
[[ ! -e $manifest ]] || mv "$manifest" "$manifest.kept"
cd "$work" || exit 1

# The line that README.md gives, in a tree where build/release is this build.
uninstall()
{
	local line

	mkdir -p tree/build
	ln -sfn "$build" tree/build/release
	ln -sfn "$source/cmake" tree/cmake
	line=$(sed -n 's|^ *sudo \(.*uninstall[^#]*\).*|\1|p' "$source/README.md")
	[[ -n $line ]] && (cd tree && eval "$line")
}

exported()
{
	nm -D --defined-only "$1" | awk '{ print $3 }'
}

# only_brig LIST: every name in it, and there are some.
only_brig()
{
	grep -q . "$1" && ! grep -v '^brig_' "$1"
}

links_itself()
{
	local libraries

	libraries=$(ldd "$1") && [[ $libraries == *libpng* && $libraries != *libbrig* ]]
}

# A unit of C++ that names each function: it has a header, C linkage, and is there to link with.
write_every_function()
{
	local header

	for header in prefix/include/brig/*.h; do
		echo "#include <brig/${header##*/}>"
	done
	echo 'typedef void function();'
	echo 'static function *const functions[] = {'
	exported prefix/lib*/libbrig.so | sed 's/.*/reinterpret_cast<function *>(\&&),/'
	echo '};'
	echo 'int main() { for (function *f : functions) if (!f) return 1; return 0; }'
}

# Each function that a header marks is exported: as many as are marked.
count_marked()
{
	cat prefix/include/brig/*.h | grep -v '#define' | grep -c '^BRIG_API '
}

# configure DIRECTORY [ARGUMENT...]
configure()
{
	local directory=$1

	shift
	"$cmake" -S "$source/tests/consumer" -B "$directory" -G Ninja \
		-D CMAKE_PREFIX_PATH="$work/prefix" -D CMAKE_BUILD_TYPE=Release \
		-D CMAKE_C_COMPILER="$cc" -D CMAKE_CXX_COMPILER="$cxx" \
		-D CMAKE_C_FLAGS="${flags[*]}" -D CMAKE_CXX_FLAGS="${flags[*]}" \
		-D MINIMAL_C="$source/examples/minimal.c" \
		-D GREETER="$source/examples/custom_service" \
		-D EVERY_FUNCTION_CC="$work/every_function.cc" "$@"
}

same_picture()
{
	"$@" && cmp brig.png out.png && rm out.png
}

# compile OUTPUT [OPTION OF pkg-config...]: libbrig.a if asked for --static.
compile()
{
	local output=$1 words

	shift
	read -ra words < <(pkg-config --cflags --libs "$@" brig)
	[[ $* != *--static* ]] || words=("${words[@]/#-lbrig/-l:libbrig.a}")
	"$cc" "${flags[@]}" -o "$output" "$source/examples/minimal.c" "${words[@]}"
}

# Lawful, refused, told to leave, and gone: what both sides of the example say of it.
greets()
{
	diff - <("$1" 2>&1) <<-END
		it wants to greet world
		it wants to greet root
		it ended cleanly
	END
}

# The lines that IPC.md gives to those who have no CMake.
make_by_hand()
{
	mkdir -p by_hand && cp "$source"/examples/custom_service/* by_hand || return 1
	(cd by_hand && sed -n '/Without CMake:/,/^2\./s/^        //p' "$source/docs/IPC.md" >lines &&
		test -s lines && CC="$cc ${flags[*]} -Wl,-rpath,$libdir" sh -e lines)
}

left_in()
{
	find "$1" -type f -o -type l -o -name 'brig*'
}

check "install" 0 "" "$cmake" --install "$build" --prefix "$work/once upon"
check "it has a command" 0 "" test -x "once upon/bin/brig"
check "a helper" 0 "" test -x "once upon/libexec/brig/brig-child"
check "an AppArmor profile for it" 0 "" grep -qF "profile brig-child \"$work/once upon/libexec/brig/brig-child\"" \
	"once upon/share/brig/apparmor/brig-child"
check "a generator for schemas" 0 "" test -x "once upon/libexec/brig/protoc-gen-brig"
check "their options" 0 "" test -e "once upon/share/brig/schema/brig/options.proto"
check "and plugins" 0 "" test -e "once upon/libexec/brig/plugins/qoi.so"
check "the README's line uninstalls" 0 "" uninstall
check "all of it" 0 "" test -z "$(left_in "once upon")"
check "install again" 0 "" "$cmake" --install "$build" --prefix "$work/prefix"
exported prefix/lib*/libbrig.so >symbols
check "the library exports functions" 0 "" grep -q '^brig_broker_create$' symbols
check "none but brig_'s" 0 "" only_brig symbols
check "every one that a header declares" 0 "" test "$(wc -l <symbols)" = "$(count_marked)"
nm -g --defined-only prefix/lib*/libbrig.a 2>/dev/null | awk 'NF == 3 { print $3 }' >archive
check "the archive's names are brig_'s" 0 "" only_brig archive
write_every_function >every_function.cc
check "a missing library is named" 1 "brig::brig-static needs what was not found here: PNG" \
	configure missing -D CMAKE_DISABLE_FIND_PACKAGE_PNG=ON
check "brig::brig alone doesn't need it" 0 "brig::brig-static needs what was not found here: PNG" \
	configure shared -D CMAKE_DISABLE_FIND_PACKAGE_PNG=ON -D WANT_STATIC=OFF
check "an unknown component is named" 1 "brig has no component nonsense" \
	"$cmake" -S "$source/tests/consumer" -B nonsense -D CMAKE_PREFIX_PATH="$work/prefix" \
	-D CMAKE_PROJECT_consumer_INCLUDE="$source/tests/consumer/nonsense.cmake"
check "a stranger's project" 0 "" configure consumer
check "builds, in C and in C++, with each header alone" 0 "" "$cmake" --build consumer
check "and is installed beside" 0 "" "$cmake" --install consumer --prefix "$work/prefix"
mv prefix moved
check "moved: the command" 0 "1 of 1 rendered" moved/bin/brig render "$picture" -o brig.png
check "moved: its AppArmor profile" 0 "profile brig-child \"$work/moved/libexec/brig/brig-child\"" \
	moved/bin/brig doctor --apparmor
printf 'P5 1 1 255\n\7' >a.pgm
check "moved: finds the plugins" 0 "1 of 1 rendered" moved/bin/brig render a.pgm -o pgm.png
check "moved: the shared library" 0 "" same_picture moved/bin/minimal "$picture" out.png
check "moved: the static library" 0 "" same_picture moved/bin/minimal-static "$picture" out.png
check "moved: its own helper" 0 "ok: decoded" moved/bin/own_helper "$picture"
check "moved: its own helper, static" 0 "ok: decoded" moved/bin/own_helper-static "$picture"
check "moved: its own service" 0 "" greets moved/bin/greeter
check "moved: its own service, static" 0 "" greets moved/bin/greeter-static
check "which takes an afternoon: 120 lines at most" 0 "" \
	test "$(cat "$source"/examples/custom_service/greeter.* | wc -l)" -le 120
check "moved: every function" 0 "" moved/bin/every_function
libdir=$(dirname "$work"/moved/lib*/libbrig.so)
export LD_LIBRARY_PATH=$libdir PKG_CONFIG_PATH=$libdir/pkgconfig
check "moved: built before, found by LD_LIBRARY_PATH" 0 "" \
	same_picture consumer/minimal "$picture" out.png
check "pkg-config says where it is now" 0 "-I$work/moved/" pkg-config --cflags brig
check "pkg-config, shared" 0 "" compile pc
check "works" 0 "" same_picture ./pc "$picture" out.png
check "a service by pkg-config alone, as IPC.md has it" 0 "" make_by_hand
check "works" 0 "" greets by_hand/greeter
check "pkg-config, static" 0 "" compile moved/bin/pc-static --static
check "works" 0 "" same_picture moved/bin/pc-static "$picture" out.png
check "without the shared library" 0 "" links_itself moved/bin/pc-static
conclude

# What is missing is collected, so that a builder is told once and can install it all at once.

# Notes that <what>, which Debian ships in <package>, was not found.
function(brig_note_missing what package)
	set_property(GLOBAL APPEND PROPERTY BRIG_MISSING_WHAT "  ${what} (${package})")
	set_property(GLOBAL APPEND PROPERTY BRIG_MISSING_PACKAGES ${package})
endfunction()

# <target> stands for the pkg-config module <module>, such as "libseccomp>=2.5".
function(brig_find_module target module package)
	if(NOT PKG_CONFIG_FOUND)
		brig_note_missing("${module}: cannot be looked for without pkg-config" ${package})
		return()
	endif()
	string(MAKE_C_IDENTIFIER "${target}" prefix)
	pkg_check_modules(${prefix} QUIET IMPORTED_TARGET "${module}")
	if(NOT ${prefix}_FOUND)
		brig_note_missing("${module}" ${package})
		return()
	endif()
	add_library(${target} INTERFACE IMPORTED)
	target_link_libraries(${target} INTERFACE PkgConfig::${prefix})
endfunction()

# <target> is defined by CMake's or the library's own package file; further arguments go to
# find_package().
function(brig_find_package target name package)
	find_package(${name} QUIET ${ARGN})
	if(NOT TARGET ${target})
		list(JOIN ARGN " " wanted)
		string(STRIP "${name} ${wanted}" what)
		brig_note_missing("${what}" ${package})
	endif()
endfunction()

# <target> stands for a library that is one header file.
function(brig_find_header target header package)
	string(MAKE_C_IDENTIFIER "${target}_INCLUDE_DIR" variable)
	find_path(${variable} ${header})
	mark_as_advanced(${variable})
	if(NOT ${variable})
		brig_note_missing("${header}" ${package})
		return()
	endif()
	add_library(${target} INTERFACE IMPORTED)
	target_include_directories(${target} SYSTEM INTERFACE ${${variable}})
endfunction()

# <variable> is the full path of <program>.
function(brig_find_program variable program package)
	find_program(${variable} ${program})
	mark_as_advanced(${variable})
	if(NOT ${variable})
		brig_note_missing("the program ${program}" ${package})
	endif()
endfunction()

# <variable> is the directory in which <file> lies.
function(brig_find_path variable file package)
	find_path(${variable} ${file})
	mark_as_advanced(${variable})
	if(NOT ${variable})
		brig_note_missing("${file}" ${package})
	endif()
endfunction()

# Ends the configuration if anything was noted.
function(brig_stop_if_missing)
	get_property(what GLOBAL PROPERTY BRIG_MISSING_WHAT)
	if(NOT what)
		return()
	endif()
	get_property(packages GLOBAL PROPERTY BRIG_MISSING_PACKAGES)
	list(REMOVE_DUPLICATES packages)
	list(JOIN what "\n" what)
	list(JOIN packages " " packages)
	set(hint)
	if(BRIG_TESTS)
		set(hint "\nWithout the tests, which need a C++ compiler and Google Test:\n"
			"  -DBRIG_TESTS=OFF")
		list(JOIN hint "" hint)
	endif()
	message(FATAL_ERROR "Brig needs what was not found here (Debian's package in brackets):\n"
		"${what}\nTo install all of it:\n  apt-get install ${packages}${hint}")
endfunction()

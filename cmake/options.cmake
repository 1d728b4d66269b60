# Every choice a builder has, on one screen.
option(BRIG_TESTS "build the tests" ON)
option(BRIG_WERROR "warnings are errors" OFF)
option(BRIG_FUZZ "build the libFuzzer targets (clang only)" OFF)
set(BRIG_SANITIZE "" CACHE STRING "sanitizers, such as address,undefined")

if(NOT CMAKE_BUILD_TYPE)
	set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

if(BRIG_SANITIZE)
	add_compile_options(-fsanitize=${BRIG_SANITIZE} -fno-omit-frame-pointer
		-fno-sanitize-recover=all)
	add_link_options(-fsanitize=${BRIG_SANITIZE})
	add_compile_definitions(BRIG_SANITIZED=1)
elseif(CMAKE_BUILD_TYPE STREQUAL "Release")
	add_compile_options(-fstack-protector-strong -D_FORTIFY_SOURCE=2)
endif()
if(BRIG_FUZZ) # every object shows the fuzzer which way it went
	add_compile_options(-fsanitize=fuzzer-no-link)
endif()
add_compile_definitions(_GNU_SOURCE)
# Everything is bound before the seal: a sealed process never enters the dynamic linker.
add_link_options(-Wl,-z,relro,-z,now)

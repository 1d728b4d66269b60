# Every dependency, one row each: target, what is looked for, Debian's package.
# README.md beside this file says why each is there and who may use it.
include(${CMAKE_CURRENT_LIST_DIR}/find_helpers.cmake)

find_package(PkgConfig QUIET)
if(NOT PKG_CONFIG_FOUND)
	brig_note_missing("pkg-config" pkg-config)
endif()

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED) # part of libc

brig_find_module(Brig::seccomp "libseccomp>=2.5.4" libseccomp-dev)
brig_find_module(Brig::event "libevent_core>=2.1.12" libevent-dev)
brig_find_module(Brig::elf "libelf>=0.188" libelf-dev)
brig_find_module(Brig::protobuf_c "libprotobuf-c>=1.4.1" libprotobuf-c-dev)
brig_find_program(BRIG_PROTOC_C protoc-c protobuf-c-compiler)
brig_find_program(BRIG_PROTOC protoc protobuf-compiler)
brig_find_path(BRIG_PROTOBUF_INCLUDE_DIR google/protobuf/compiler/plugin.proto libprotoc-dev)

brig_find_package(PNG::PNG PNG libpng-dev 1.6)
brig_find_package(JPEG::JPEG JPEG libjpeg-dev)
brig_find_header(Brig::qoi qoi.h libqoi-dev)
brig_find_module(Brig::netpbm netpbm libnetpbm-dev) # its .pc file has no usable version

brig_find_module(Brig::jansson "jansson>=2.14" libjansson-dev)

if(BRIG_TESTS)
	include(CheckLanguage)
	check_language(CXX)
	if(NOT CMAKE_CXX_COMPILER)
		brig_note_missing("a C++ compiler, for the tests" g++)
	endif()
	brig_find_package(GTest::gtest GTest libgtest-dev 1.10 CONFIG) # RegisterTest, GTEST_SKIP
endif()

brig_stop_if_missing()

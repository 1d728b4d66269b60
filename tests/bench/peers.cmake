# What the calls are compared to, as far as it is installed: a row each. Nothing gates on them.
set(BRIG_BENCH_CXX ON CACHE BOOL "benchmark: build the peers in C++ that are installed")

foreach(row "SDBUS echo_sdbus.c libsystemd>=246" "DBUS echo_dbus.c dbus-1>=1.12")
	separate_arguments(row)
	list(GET row 0 name)
	list(GET row 1 source)
	list(GET row 2 module)
	pkg_check_modules(BENCH_${name} QUIET IMPORTED_TARGET ${module})
	if(BENCH_${name}_FOUND)
		target_sources(brig_bench PRIVATE ${source})
		target_link_libraries(brig_bench PRIVATE PkgConfig::BENCH_${name})
		target_compile_definitions(brig_bench PRIVATE BENCH_${name})
		list(APPEND BENCH_PEERS BENCH_${name})
	endif()
endforeach()

# <name> <generated sources> <modules>: a program that does both ends.
function(bench_program name sources)
	string(TOUPPER ${name} upper)
	add_executable(bench_echo_${name} echo_${name}.cpp ${sources})
	target_include_directories(bench_echo_${name} PRIVATE ${PROJECT_SOURCE_DIR} ${BENCH_OUT})
	target_compile_features(bench_echo_${name} PRIVATE cxx_std_17)
	target_link_libraries(bench_echo_${name} PRIVATE ${ARGN})
	target_compile_definitions(brig_bench PRIVATE BENCH_WITH_${upper}
		BENCH_${upper}="$<TARGET_FILE:bench_echo_${name}>")
	add_dependencies(brig_bench bench_echo_${name})
endfunction()

set(BENCH_OUT ${CMAKE_CURRENT_BINARY_DIR}/peers)
file(MAKE_DIRECTORY ${BENCH_OUT})
if(BRIG_BENCH_CXX AND NOT BRIG_SANITIZE)
	pkg_check_modules(BENCH_CAPNP_RPC QUIET IMPORTED_TARGET capnp-rpc>=0.9)
	find_program(BENCH_CAPNP_TOOL capnp)
	if(BENCH_CAPNP_RPC_FOUND AND BENCH_CAPNP_TOOL)
		set(made ${BENCH_OUT}/echo_peer.capnp.c++ ${BENCH_OUT}/echo_peer.capnp.h)
		add_custom_command(OUTPUT ${made}
			COMMAND ${BENCH_CAPNP_TOOL} compile -oc++:${BENCH_OUT}
				--src-prefix=${CMAKE_CURRENT_SOURCE_DIR}
				${CMAKE_CURRENT_SOURCE_DIR}/echo_peer.capnp
			DEPENDS echo_peer.capnp VERBATIM)
		bench_program(capnp "${made}" PkgConfig::BENCH_CAPNP_RPC)
		list(APPEND BENCH_PEERS BENCH_CAPNP)
	endif()

	pkg_check_modules(BENCH_GRPCPP QUIET IMPORTED_TARGET grpc++>=1.30)
	pkg_check_modules(BENCH_PROTOBUF QUIET IMPORTED_TARGET protobuf)
	find_program(BENCH_GRPC_PLUGIN grpc_cpp_plugin)
	if(BENCH_GRPCPP_FOUND AND BENCH_PROTOBUF_FOUND AND BENCH_GRPC_PLUGIN)
		set(made ${BENCH_OUT}/echo_peer.pb.cc ${BENCH_OUT}/echo_peer.grpc.pb.cc
			${BENCH_OUT}/echo_peer.pb.h ${BENCH_OUT}/echo_peer.grpc.pb.h)
		add_custom_command(OUTPUT ${made}
			COMMAND ${BRIG_PROTOC} --cpp_out=${BENCH_OUT} --grpc_out=${BENCH_OUT}
				--plugin=protoc-gen-grpc=${BENCH_GRPC_PLUGIN}
				-I ${CMAKE_CURRENT_SOURCE_DIR} echo_peer.proto
			DEPENDS echo_peer.proto VERBATIM)
		bench_program(grpc "${made}" PkgConfig::BENCH_GRPCPP PkgConfig::BENCH_PROTOBUF)
		list(APPEND BENCH_PEERS BENCH_GRPC)
	endif()
endif()

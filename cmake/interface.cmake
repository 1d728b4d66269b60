# brig_add_interface(<target> <file.proto>...): the code of services, made by protoc-gen-brig and
# protoc-c when <target> is built, compiled into it. Its sources include "<file>.brig.h".
#
# Needs BRIG_PROTOC, BRIG_PROTOC_C, BRIG_PROTOC_GEN (the plugin) and BRIG_SCHEMA_DIR, in which
# brig/options.proto lies: find_package(brig) sets them. brig_generate_interface() is the part of it without a target.

# Sets <sources> to the C files and <headers> to the headers that are made of <proto> in <out>.
function(brig_generate_interface proto out sources headers)
	get_filename_component(stem ${proto} NAME_WLE)
	get_filename_component(directory ${proto} DIRECTORY)
	set(made ${out}/${stem}.brig.c ${out}/${stem}.brig.h ${out}/messages/${stem}.proto
		${out}/${stem}.permissions.json ${out}/${stem}.permissions.md ${out}/${stem}.fuzz.c)
	file(MAKE_DIRECTORY ${out})
	add_custom_command(OUTPUT ${made}
		COMMAND ${BRIG_PROTOC} --plugin=protoc-gen-brig=${BRIG_PROTOC_GEN} --brig_out=${out}
			-I ${directory} -I ${BRIG_SCHEMA_DIR} ${stem}.proto
		DEPENDS ${proto} ${BRIG_SCHEMA_DIR}/brig/options.proto ${BRIG_PROTOC_GEN_TARGET}
		VERBATIM COMMENT "Generating ${stem}.brig.c")
	add_custom_command(OUTPUT ${out}/${stem}.pb-c.c ${out}/${stem}.pb-c.h
		COMMAND ${BRIG_PROTOC_C} --c_out=${out} -I ${out}/messages ${out}/messages/${stem}.proto
		DEPENDS ${out}/messages/${stem}.proto
		VERBATIM COMMENT "Generating ${stem}.pb-c.c")
	set_source_files_properties(${out}/${stem}.fuzz.c PROPERTIES GENERATED TRUE)
	set(${sources} ${out}/${stem}.brig.c ${out}/${stem}.pb-c.c PARENT_SCOPE)
	set(${headers} ${out}/${stem}.brig.h ${out}/${stem}.pb-c.h PARENT_SCOPE)
endfunction()

function(brig_add_interface target)
	if(NOT BRIG_PROTOC OR NOT BRIG_PROTOC_C OR NOT TARGET Brig::protobuf_c)
		message(FATAL_ERROR "brig_add_interface needs protoc (protobuf-compiler), protoc-c "
			"(protobuf-c-compiler) and libprotobuf-c (libprotobuf-c-dev)")
	endif()
	foreach(proto IN LISTS ARGN)
		get_filename_component(proto ${proto} ABSOLUTE)
		set(out ${CMAKE_CURRENT_BINARY_DIR}/${target}.interfaces)
		brig_generate_interface(${proto} ${out} sources headers)
		target_sources(${target} PRIVATE ${sources} ${headers})
		target_include_directories(${target} PRIVATE ${out})
		target_link_libraries(${target} PRIVATE Brig::protobuf_c)
	endforeach()
endfunction()

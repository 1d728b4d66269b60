# One shared object for each act of a constructor, NAME.so in hostile_plugins/ of the build tree.
add_library(hostile_nowhere SHARED ${CMAKE_CURRENT_LIST_DIR}/hostile_nowhere.c)
target_link_libraries(hostile_nowhere PRIVATE brig_warnings)
set(HOSTILE_PLUGIN_DIR ${PROJECT_BINARY_DIR}/hostile_plugins)

function(hostile_plugin name)
	add_library(hostile_plugin_${name} MODULE
		${PROJECT_SOURCE_DIR}/tests/support/hostile_plugin.c
		${PROJECT_SOURCE_DIR}/tests/support/sweep.c)
	set_target_properties(hostile_plugin_${name} PROPERTIES OUTPUT_NAME ${name} PREFIX ""
		LIBRARY_OUTPUT_DIRECTORY ${HOSTILE_PLUGIN_DIR})
	target_include_directories(hostile_plugin_${name} PRIVATE ${PROJECT_SOURCE_DIR}
		${PROJECT_SOURCE_DIR}/include ${PROJECT_BINARY_DIR}/include
		${PROJECT_BINARY_DIR}/generated)
	add_dependencies(hostile_plugin_${name} brig_messages)
	target_compile_definitions(hostile_plugin_${name} PRIVATE ${ARGN})
	target_link_libraries(hostile_plugin_${name} PRIVATE brig_warnings)
endfunction()

set(HOSTILE_CONSTRUCTORS nothing files writes calls loosen code call_socket call_vfork call_execve call_ptrace crash
	loop leave garbage forge forge_filter forge_listener)
foreach(name ${HOSTILE_CONSTRUCTORS})
	hostile_plugin(${name} CONSTRUCTOR=${name})
endforeach()
hostile_plugin(no_entry CONSTRUCTOR=nothing NO_ENTRY)
hostile_plugin(abi CONSTRUCTOR=nothing PLUGIN_ABI=99u)
hostile_plugin(needs_nowhere CONSTRUCTOR=nothing NEEDS_NOWHERE)
target_link_libraries(hostile_plugin_needs_nowhere PRIVATE hostile_nowhere)

add_custom_target(hostile_plugins)
foreach(name ${HOSTILE_CONSTRUCTORS} no_entry abi needs_nowhere)
	add_dependencies(hostile_plugins hostile_plugin_${name})
endforeach()

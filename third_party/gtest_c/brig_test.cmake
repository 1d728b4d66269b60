# brig_test(NAME name SOURCES source... [LINK target...])
#
# One executable of C tests, and one ctest of the same name that runs it.
function(brig_test)
	cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME" "SOURCES;LINK")
	if(arg_UNPARSED_ARGUMENTS)
		message(FATAL_ERROR "brig_test: what is ${arg_UNPARSED_ARGUMENTS}?")
	endif()
	if(NOT arg_NAME OR NOT arg_SOURCES)
		message(FATAL_ERROR "brig_test: NAME and SOURCES are required")
	endif()

	add_executable(${arg_NAME} ${arg_SOURCES})
	target_include_directories(${arg_NAME} PRIVATE ${PROJECT_SOURCE_DIR}
		${PROJECT_SOURCE_DIR}/include ${PROJECT_BINARY_DIR}/include)
	target_link_libraries(${arg_NAME} PRIVATE ${arg_LINK} gtest_c brig_warnings)
	add_test(NAME ${arg_NAME} COMMAND ${arg_NAME})
	set_tests_properties(${arg_NAME} PROPERTIES TIMEOUT 1200)
endfunction()

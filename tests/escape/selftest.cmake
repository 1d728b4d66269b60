# The escape suite: what it thinks of an end; and itself, as people run it.
brig_test(NAME judge_test SOURCES escape/judge_test.c ${PROJECT_SOURCE_DIR}/tools/selftest/judge.c
	LINK brig_test_support)

# The same suite with rows that are wrong: it must say so. Its child lies beside it, by its name.
set(broken_dir ${PROJECT_BINARY_DIR}/tests/broken)
add_executable(broken_selftest escape/broken_main.c escape/broken_attempts.c
	${BRIG_SELFTEST_SOURCES} ${PROJECT_SOURCE_DIR}/tools/progress.c
	${PROJECT_SOURCE_DIR}/tools/text.c)
add_executable(broken_child escape/broken_attempts.c
	${PROJECT_SOURCE_DIR}/renderer/runtime/selftest_child.c)
target_compile_definitions(broken_selftest PRIVATE BRIG_LIBEXECDIR="/nowhere")
target_link_libraries(broken_selftest PRIVATE brig_test_library Brig::jansson)
target_link_libraries(broken_child PRIVATE brig_test_library)
set_target_properties(broken_selftest broken_child PROPERTIES
	RUNTIME_OUTPUT_DIRECTORY ${broken_dir})
set_target_properties(broken_child PROPERTIES OUTPUT_NAME brig-selftest-child)
add_dependencies(broken_selftest broken_child)

add_test(NAME selftest_test COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/escape/selftest_test.sh
	$<TARGET_FILE:brig> $<TARGET_FILE:broken_selftest> "${BRIG_SANITIZE}")
# One at a time: it looks whether any canary is left on the machine. First, for they take longest.
set_tests_properties(selftest_test PROPERTIES RESOURCE_LOCK "canary;descriptors" COST 800
	TIMEOUT 1200)

# What sanitizers add to every filter and to memory is not what ships. Once: the tables are the same
# whoever runs them.
if(NOT BRIG_SANITIZE)
	add_test(NAME matrix_test COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/escape/matrix_test.sh
		$<TARGET_FILE:brig>)
	set_tests_properties(matrix_test PROPERTIES LABELS once RESOURCE_LOCK canary COST 1000
		TIMEOUT 1200)
	add_test(NAME ablation_test COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/escape/ablation_test.sh
		$<TARGET_FILE:brig> ${PROJECT_SOURCE_DIR})
	set_tests_properties(ablation_test PROPERTIES LABELS once RESOURCE_LOCK canary COST 900
		TIMEOUT 1200)
endif()

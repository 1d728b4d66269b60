# `brig selftest`: what a child that was taken over would try, and the helper whose children try it.
# Apart from libbrig: an embedder has no use for either.
set(attempts attempts broker calls doors files limits memory network processes rights)
list(TRANSFORM attempts REPLACE "(.+)" "sandbox/selftest/\\1.c")
add_library(brig_attempts STATIC ${attempts})
target_include_directories(brig_attempts PUBLIC ${PROJECT_SOURCE_DIR} PRIVATE
	${PROJECT_SOURCE_DIR}/include)
target_link_libraries(brig_attempts PRIVATE brig_warnings)

add_executable(brig-selftest-child renderer/runtime/selftest_child.c)
target_include_directories(brig-selftest-child PRIVATE ${PROJECT_SOURCE_DIR}
	${PROJECT_BINARY_DIR}/generated)
target_link_libraries(brig-selftest-child PRIVATE brig_attempts brig_static Brig::protobuf_c
	brig_warnings)
add_dependencies(brig-selftest-child brig_messages)
install(TARGETS brig-selftest-child RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/brig)

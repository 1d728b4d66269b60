# The build id is a hash over every source file: library and helper must come from the same sources.
file(GLOB_RECURSE BRIG_HASHED_SOURCES CONFIGURE_DEPENDS
	${PROJECT_SOURCE_DIR}/include/brig/*.h
	${PROJECT_SOURCE_DIR}/sandbox/*.[ch] ${PROJECT_SOURCE_DIR}/sandbox/*.inc
	${PROJECT_SOURCE_DIR}/sandbox/*.policy ${PROJECT_SOURCE_DIR}/ipc/*.[ch]
	${PROJECT_SOURCE_DIR}/ipc/*.proto ${PROJECT_SOURCE_DIR}/broker/*.[ch]
	${PROJECT_SOURCE_DIR}/renderer/*.[ch])
set(BRIG_BUILD_ID_FILE ${PROJECT_BINARY_DIR}/generated/build_id.c)
add_custom_command(OUTPUT ${BRIG_BUILD_ID_FILE}
	COMMAND ${CMAKE_COMMAND} -D OUT=${BRIG_BUILD_ID_FILE} -D ROOT=${PROJECT_SOURCE_DIR}
		-D "FLAVOUR=${CMAKE_C_COMPILER_ID}-${CMAKE_BUILD_TYPE}-${BRIG_SANITIZE}"
		-P ${PROJECT_SOURCE_DIR}/cmake/hash_sources.cmake
	DEPENDS ${BRIG_HASHED_SOURCES} ${PROJECT_SOURCE_DIR}/cmake/hash_sources.cmake
	VERBATIM COMMENT "Hashing the sources")

# libbrig, shared and static, of the folders' objects; and brig-child, which links them statically,
# since a helper that gave up root may not be able to reach a library in its owner's directories.
set(BRIG_OBJECTS $<TARGET_OBJECTS:brig_policy> $<TARGET_OBJECTS:brig_sandbox> $<TARGET_OBJECTS:brig_ipc>
	$<TARGET_OBJECTS:brig_broker> $<TARGET_OBJECTS:brig_renderer>)
set(BRIG_LIBRARIES Brig::seccomp Brig::event Brig::elf Brig::protobuf_c PNG::PNG JPEG::JPEG Threads::Threads
	${CMAKE_DL_LIBS})

foreach(kind SHARED STATIC)
	string(TOLOWER brig_${kind} target)
	add_library(${target} ${kind} ${BRIG_OBJECTS})
	target_link_libraries(${target} PRIVATE ${BRIG_LIBRARIES})
	target_include_directories(${target} PUBLIC
		$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
		$<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include>
		$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
	set_target_properties(${target} PROPERTIES OUTPUT_NAME brig VERSION ${PROJECT_VERSION}
		SOVERSION ${PROJECT_VERSION_MAJOR} LINKER_LANGUAGE C)
endforeach()
set_target_properties(brig_shared PROPERTIES EXPORT_NAME brig)
set_target_properties(brig_static PROPERTIES EXPORT_NAME brig-static)
add_library(brig::brig ALIAS brig_shared)
add_library(brig::brig-static ALIAS brig_static)

add_executable(brig-child renderer/runtime/brig_child.c)
target_link_libraries(brig-child PRIVATE brig_static brig_warnings)

install(TARGETS brig_shared EXPORT brigTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS brig_static EXPORT brigStaticTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS brig-child RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/brig)
install(DIRECTORY include/brig ${PROJECT_BINARY_DIR}/include/brig
	DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
# What an embedder's schemas are built with.
install(TARGETS protoc-gen-brig EXPORT brigTargets
	RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/brig)
install(FILES ${BRIG_SCHEMA_DIR}/brig/options.proto
	DESTINATION ${CMAKE_INSTALL_DATADIR}/brig/schema/brig)
file(RELATIVE_PATH BRIG_CONFIG_TO_SCHEMA ${CMAKE_INSTALL_FULL_LIBDIR}/cmake/brig
	${CMAKE_INSTALL_FULL_DATADIR}/brig/schema)
configure_file(${CMAKE_CURRENT_LIST_DIR}/brigConfig.cmake.in
	${PROJECT_BINARY_DIR}/brigConfig.cmake @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/brigConfig.cmake ${PROJECT_BINARY_DIR}/brigConfigVersion.cmake
	${CMAKE_CURRENT_LIST_DIR}/interface.cmake
	DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/brig)
# Apart, since only the static library needs its dependencies' files.
install(EXPORT brigTargets NAMESPACE brig:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/brig)
install(EXPORT brigStaticTargets NAMESPACE brig:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/brig)
include(CMakePackageConfigHelpers)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/brigConfigVersion.cmake
	COMPATIBILITY SameMinorVersion)

file(RELATIVE_PATH BRIG_PC_TO_PREFIX ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
foreach(row INCLUDE:INCLUDEDIR DATA:DATADIR LIBEXEC:LIBEXECDIR)
	string(REPLACE ":" ";" row ${row})
	list(GET row 0 name)
	list(GET row 1 directory)
	file(RELATIVE_PATH BRIG_PREFIX_TO_${name} ${CMAKE_INSTALL_PREFIX} ${CMAKE_INSTALL_FULL_${directory}})
endforeach()
configure_file(${CMAKE_CURRENT_LIST_DIR}/brig.pc.in ${PROJECT_BINARY_DIR}/brig.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/brig.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

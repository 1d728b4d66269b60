# Failures one at a time, races, storms and secrets.
set(seams umount2 mount chdir chroot mkdir symlink readlink lstat fstat read write dup2 poll
	getrlimit setrlimit waitpid setgroups setresgid setresuid setsid sigaction sigprocmask sendfile sendmsg
	recvmsg close unshare open dprintf __dprintf_chk prctl syscall)
add_executable(seam_child seam_child.c seam.c)
target_link_libraries(seam_child PRIVATE brig_test_library)
list(TRANSFORM seams PREPEND -Wl,--wrap= OUTPUT_VARIABLE wraps)
target_link_options(seam_child PRIVATE ${wraps})

brig_test(NAME inject_test SOURCES inject_test.c inject_rows.c seam_share.c shot.c LINK brig_test_support)
target_compile_definitions(inject_test PRIVATE BRIG_SEAM_CHILD="$<TARGET_FILE:seam_child>")
add_dependencies(inject_test seam_child brig_plugin_pnm)
set_tests_properties(inject_test PROPERTIES TIMEOUT 1800 COST 700 LABELS "${once_if_sanitized}")

brig_test(NAME threads_test SOURCES threads_test.c race.c seam_share.c shot.c LINK brig_test_support)
target_compile_definitions(threads_test PRIVATE BRIG_SEAM_CHILD="$<TARGET_FILE:seam_child>")
add_dependencies(threads_test seam_child brig_plugin_pnm)

brig_test(NAME rotation_test SOURCES rotation_test.c fleet.c memory.c LINK brig_test_support)
brig_test(NAME storm_test SOURCES storm_test.c fleet.c shot.c LINK brig_test_support)
set_tests_properties(storm_test PROPERTIES TIMEOUT 1800)
add_dependencies(rotation_test brig-child)
add_dependencies(storm_test brig-child)

brig_test(NAME secret_test SOURCES secret_test.c fleet.c memory.c LINK brig_test_support)
add_dependencies(secret_test brig-child hostile_child hostile_plugins brig_plugin_pnm)

list(JOIN seams " " seam_words)
add_test(NAME seams_test COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/seams_test.sh ${CMAKE_NM} ${seam_words}
	$<TARGET_OBJECTS:brig_sandbox> $<TARGET_OBJECTS:brig_policy> $<TARGET_OBJECTS:brig_renderer>
	COMMAND_EXPAND_LISTS)

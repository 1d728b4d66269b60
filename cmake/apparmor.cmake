# The AppArmor profile: in the command, and installed with the paths of the installation.
set(template ${PROJECT_SOURCE_DIR}/tools/apparmor.in)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${template})
file(STRINGS ${template} lines)
set(literal)
foreach(line IN LISTS lines)
	string(REPLACE "\"" "\\\"" line "${line}")
	string(APPEND literal "\n\t\"${line}\\n\"")
endforeach()
file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/generated/tools/apparmor_profile.h
	CONTENT "static const char apparmor_profile[] =${literal};\n")

# When it is installed, since --prefix may name another place than was configured.
install(CODE "
	set(BRIG_HELPER \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_LIBEXECDIR}/brig/brig-child\")
	set(BRIG_COMMAND \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}/brig\")
	configure_file(\"${template}\" \"${PROJECT_BINARY_DIR}/apparmor/brig-child\" @ONLY)")
install(FILES ${PROJECT_BINARY_DIR}/apparmor/brig-child
	DESTINATION ${CMAKE_INSTALL_DATADIR}/brig/apparmor)

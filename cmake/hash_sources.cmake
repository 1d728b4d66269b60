# Run by cmake -P: writes OUT, a C file that defines brig_build_id() (see include/brig/version.h).
file(GLOB_RECURSE sources RELATIVE ${ROOT}
	${ROOT}/include/brig/*.h ${ROOT}/sandbox/*.[ch] ${ROOT}/sandbox/*.inc ${ROOT}/sandbox/*.policy ${ROOT}/ipc/*.[ch] ${ROOT}/ipc/*.proto
	${ROOT}/broker/*.[ch] ${ROOT}/renderer/*.[ch])
list(SORT sources)
set(all "${FLAVOUR}")
foreach(source IN LISTS sources)
	file(SHA256 ${ROOT}/${source} hash)
	string(APPEND all "\n${hash} ${source}")
endforeach()
string(SHA256 id "${all}")
file(WRITE ${OUT} "#include <brig/version.h>\n\nconst char *brig_build_id(void)\n{\n\treturn \"${id}\";\n}\n")

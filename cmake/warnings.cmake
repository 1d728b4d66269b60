# The warning flags of the house style, on our own C code only.
add_library(brig_warnings INTERFACE)
target_compile_options(brig_warnings INTERFACE
	$<$<COMPILE_LANGUAGE:C>:-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wvla
	-Wstrict-prototypes -Wmissing-prototypes>
	$<$<AND:$<COMPILE_LANGUAGE:C>,$<BOOL:${BRIG_WERROR}>>:-Werror>)

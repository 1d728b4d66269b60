# shellcheck shell=bash disable=SC2154
# Services, shared memory, streams and channels, as far as they are the kernel's.

check "services_test" 0 "" "$build/bin/services_test"
check "descriptors_test" 0 "" "$build/bin/descriptors_test"
check "plain_test" 0 "" "$build/bin/plain_test"
check "memory_test" 0 "" "$build/bin/memory_test"
check "lent_test" 0 "" "$build/bin/lent_test"
check "spill_test" 0 "" "$build/bin/spill_test"
check "direct_test" 0 "" "$build/bin/direct_test"
check "stream_test" 0 "" "$build/bin/stream_test"

# shellcheck shell=bash disable=SC2154
# Programs of the other tests that care about the kernel.

check "doctor_test" 0 "" "$build/bin/doctor_test"
check "doctor_env_test" 0 ", 0 failed" "$source/tests/integration/doctor_env_test.sh" "$brig" "$build/bin/brig-child"
check "tiers_test" 0 "" "$build/bin/tiers_test"
check "sealed_test" 0 "" "$build/bin/sealed_test"
check "violations_test" 0 "" "$build/bin/violations_test"
check "plugins_test" 0 "" "$build/bin/plugins_test"
check "codecs_test" 0 "" "$build/bin/codecs_test"
check "enemies_test" 0 "" "$build/bin/enemies_test"
check "run_test" 0 "" "$build/bin/run_test"
check "helper_test" 0 "" "$build/bin/helper_test"
check "violations_cli_test" 0 ", 0 failed" "$source/tests/integration/violations_cli_test.sh" "$brig" "$build/bin/hostile_child"

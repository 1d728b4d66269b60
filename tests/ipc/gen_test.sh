#!/bin/bash
# gen_test.sh PROTOC GEN SCHEMA_DIR PROTOC_C - what protoc-gen-brig refuses to build, and how it says
# so. One line a check.
set -u
# shellcheck source=tests/support/check.sh
. "$(dirname "$(readlink -f "$0")")/../support/check.sh"
protoc=$1
gen=$2
schema=$3
protoc_c=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

# build BODY: of a file whose head is right.
build()
{
	printf 'syntax = "proto3";\npackage app;\nimport "brig/options.proto";\n%s\n' "$1" >app.proto
	rm -rf out && mkdir out
	"$protoc" --plugin="protoc-gen-brig=$gen" --brig_out=out -I . -I "$schema" app.proto
}

# service METHOD [MESSAGES]: with one method, of its options, and a message M.
service()
{
	build "message M { ${2-} }
service S { option (brig.service) = { id: 70 version: 1 role: \"renderer\" };
$1 }"
}

# field FIELD: in a message that a child sends.
field()
{
	service 'rpc Go(M) returns (M) { option (brig.method) = { id: 1 deadline_ms: 5 }; }' "$1"
}

refused()
{
	check "$1" 1 "$2" "${@:3}"
}

check "a field within bounds is built" 0 "" field 'string s = 1 [(brig.field).max_len = 5];'
check "so it is in the braced form" 0 "" field 'string s = 1 [(brig.field) = { max_len: 5 }];'
same_in_both_spellings()
{
	field 'bytes s = 1 [(brig.field).max_len = 5, (brig.field).utf8 = true];' || return 1
	sed '/\.hash/d' out/app.brig.c >dotted
	field 'bytes s = 1 [(brig.field) = { max_len: 5 utf8: true }];' || return 1
	sed '/\.hash/d' out/app.brig.c | diff dotted - && grep -q 'max_len = 5' dotted && grep -q UTF8 dotted
}
check "both spellings come to the same" 0 "" same_in_both_spellings
compiles()
{
	(cd out && "$protoc_c" --c_out=. -I messages messages/app.proto && ! grep -q Service app.pb-c.h)
}
check "the messages are protoc-c's, without its services" 0 "" compiles

# protoc would put a file of the schema's name in its place.
keeps_the_schema()
{
	field 'string s = 1 [(brig.field).max_len = 5];' && cp app.proto kept &&
		"$protoc" --plugin="protoc-gen-brig=$gen" --brig_out=. -I . -I "$schema" app.proto && diff app.proto kept
}
check "what is made where the schema lies leaves that alone" 0 "" keeps_the_schema

refused "a string without a bound" 'app.proto:4: s is unbounded: write [(brig.field).max_len = N]' field 'string s = 1;'
refused "bytes without a bound" 's is unbounded' field 'bytes s = 1;'
refused "a list without a bound" 'n is unbounded: write [(brig.field).max_count = N]' field 'repeated uint32 n = 1;'
refused "a list of strings without one of them" 's is unbounded: write [(brig.field).max_len = N]' \
	field 'repeated string s = 1 [(brig.field).max_count = 3];'
refused "an unbounded field of a message within" 's is unbounded' \
	field 'I i = 1; message I { string s = 1; }'
refused "more than a message has" \
	'app.M can have 65540 bytes, and a message of Go has 65536 at the most: lower what its fields can be, write spill: true, or' \
	field 'string s = 1 [(brig.field).max_len = 65536];'
refused "more than any message has" 'max_len = N], 1 to 16000000' field 'string s = 1 [(brig.field).max_len = 16000001];'

# spill OPTIONS FIELD: a method that may spill.
spill()
{
	service "rpc Go(M) returns (M) { option (brig.method) = { id: 1 spill: true $1 }; }" "$2"
}

readonly large='bytes b = 1 [(brig.field).max_len = 1000000];'
check "a message that spills may have more" 0 "" spill 'deadline_ms: 5' "$large"
refused "more than one that spills has" 'app.M can have 18000015 bytes, and a message of Go has 16777216 at the most: lower what its fields can be, or' \
	spill 'deadline_ms: 5' 'repeated bytes b = 1 [(brig.field) = { max_len: 6000000 max_count: 3 }];'
refused "spilling what the broker calls" "can't spill: only what a child calls, and is answered" \
	spill 'deadline_ms: 5 caller: BROKER' "$large"
refused "spilling what is never large" 'never spills: neither request nor reply' spill 'deadline_ms: 5' ''
refused "no room for the reply's descriptor" 'has no room for the descriptor of a reply that spills' \
	spill 'deadline_ms: 5 fds_out: [PIPE, PIPE, PIPE, PIPE]' "$large"
refused "fields that together are more" 'app.M can have 80008 bytes, and a message of Go has 65536 at the most' \
	field 'string a = 1 [(brig.field).max_len = 40000]; string b = 2 [(brig.field).max_len = 40000];'
refused "a recursive message" 'm is recursive: app.M can hold itself, without an end' field 'M m = 1;'
refused "one that is recursive round a corner" 'is recursive' \
	field 'I i = 1; message I { repeated M m = 1 [(brig.field).max_count = 2]; }'
refused "who the child is, as a field" 'principal sounds like who the child is' field 'uint32 principal = 1;'
refused "as a part of a name, too" 'sender_pid sounds like who the child is' field 'uint32 sender_pid = 1;'
refused "and within" 'origin sounds like' field 'I i = 1; message I { string origin = 1 [(brig.field).max_len = 5]; }'
check "what a broker says may name one" 0 "" \
	service 'rpc Go(M) returns (brig.None) { option (brig.method) = { id: 1 oneway: true caller: BROKER }; }' 'uint32 pid = 1;'
refused "a bound where there is nothing to bound" 'has max_len, which is for string and bytes' \
	field 'uint32 n = 1 [(brig.field).max_len = 5];'
refused "a count of one" 'has max_count, which is for repeated fields' field 'uint32 n = 1 [(brig.field).max_count = 5];'
refused "a range of text" 'has min or max, which are for integers' field 'string s = 1 [(brig.field) = { max_len: 5 min: 1 }];'
refused "a range that holds nothing" 'has a range that is empty' field 'uint32 n = 1 [(brig.field) = { min: 5 max: 4 }];'
refused "a range wider than the type" 'has a range that is empty, or more than its type holds' \
	field 'uint32 n = 1 [(brig.field).max = 4294967296];'
refused "a negative end of unsigned" 'has a range' field 'uint32 n = 1 [(brig.field).min = -1];'
refused "text rules of numbers" 'has utf8, text, basename or no_nul' field 'uint32 n = 1 [(brig.field).basename = true];'
refused "a map" 'is a map: write a repeated message' field 'map<uint32, uint32> m = 1;'
refused "a message without bounds of others" 'declare a message of your own' \
	build 'import "google/protobuf/any.proto"; message M { google.protobuf.Any a = 1; }'
refused "unpacked numbers" 'must stay packed' field 'repeated uint32 n = 1 [packed = false, (brig.field).max_count = 2];'
refused "a product of text" 'multiplies s, which is no uint32 or uint64' \
	field 'option (brig.message).product = { factor: ["n", "s"] max: 5 }; uint32 n = 1; bytes s = 2 [(brig.field).max_len = 1];'
refused "a product of one" 'has a product that isn'"'"'t of 2 to 4 factors' \
	field 'option (brig.message).product = { factor: "n" max: 5 }; uint32 n = 1;'
refused "nonempty numbers" "which isn't for numbers: write (brig.field).min = 1" field 'uint32 n = 1 [(brig.field).nonempty = true];'
refused "a secret number" "has secret, which is for string and bytes" field 'uint32 n = 1 [(brig.field).secret = true];'
refused "a descriptor that doesn't come along" "numbers a descriptor of a kind that Go doesn't have" \
	field 'uint32 n = 1 [(brig.field).fd = PIPE];'

refused "a call without an end" 'can take for ever: write option (brig.method).deadline_ms = N' \
	service 'rpc Go(M) returns (M) { option (brig.method).id = 1; }'
refused "a method without a number" 'needs a number: write option (brig.method).id' \
	service 'rpc Go(M) returns (M) { option (brig.method).deadline_ms = 1; }'
refused "the same number twice" 'has the number of Go' \
	service 'rpc Go(M) returns (M) { option (brig.method) = { id: 1 deadline_ms: 5 }; }
		rpc Come(M) returns (M) { option (brig.method) = { id: 1 deadline_ms: 5 }; }'
refused "a method called like a word of C" "would have a handler called 'do', a word of C or C++" \
	service 'rpc Do(M) returns (M) { option (brig.method) = { id: 1 deadline_ms: 5 }; }'
refused "a method that would have another's function" 'GoReply would have a function app_s_go_reply, which Go has' \
	service 'rpc GoReply(M) returns (M) { option (brig.method) = { id: 1 deadline_ms: 5 }; }
		rpc Go(M) returns (M) { option (brig.method) = { id: 2 deadline_ms: 5 }; }'
refused "two methods that C can't tell apart" 'GO would have a function app_s_go, which Go has' \
	service 'rpc Go(M) returns (M) { option (brig.method) = { id: 1 deadline_ms: 5 }; }
		rpc GO(M) returns (M) { option (brig.method) = { id: 2 deadline_ms: 5 }; }'
check "a oneway method has one function" 0 "" \
	service 'rpc Go(M) returns (brig.None) { option (brig.method) = { id: 1 oneway: true }; }
		rpc GoReply(M) returns (M) { option (brig.method) = { id: 2 deadline_ms: 5 }; }'
refused "a method called like the service's number" 'would have the constant of the service'"'"'s own number, APP_S_ID' \
	service 'rpc Id(M) returns (M) { option (brig.method) = { id: 1 deadline_ms: 5 }; }'
refused "a field called like protobuf-c's own" "base can't be a member of protobuf-c's struct" field 'uint32 base = 1;'
refused "waiting where nobody may" 'is the broker'"'"'s to call, which never waits: leave sync out' \
	service 'rpc Go(M) returns (M) { option (brig.method) = { id: 1 deadline_ms: 5 sync: true caller: BROKER }; }'
refused "a oneway method that replies" 'must return brig.None if it is oneway' \
	service 'rpc Go(M) returns (M) { option (brig.method) = { id: 1 oneway: true }; }'
refused "a call that doesn't" 'must return brig.None if it is oneway, and only then' \
	service 'rpc Go(M) returns (brig.None) { option (brig.method) = { id: 1 deadline_ms: 5 }; }'
refused "a stream" 'is a stream: write a oneway method, or pass a SOCKETPAIR (brig/stream.h)' \
	service 'rpc Go(stream M) returns (M) { option (brig.method) = { id: 1 deadline_ms: 5 }; }'
refused "more in flight than there is room for" 'has more than 64 in flight' \
	service 'rpc Go(M) returns (M) { option (brig.method) = { id: 1 deadline_ms: 5 max_inflight: 65 }; }'
refused "more descriptors than a message has" 'has more than 4 fds_in' \
	service 'rpc Go(M) returns (M) { option (brig.method) = { id: 1 deadline_ms: 5 fds_in: [PIPE, PIPE, PIPE, PIPE, PIPE] }; }'
refused "a descriptor of any kind" 'has a descriptor of no kind among its fds_in' \
	service 'rpc Go(M) returns (M) { option (brig.method) = { id: 1 deadline_ms: 5 fds_in: ANY_FD }; }'
refused "a filter's listener, which is Brig's" 'has a descriptor of no kind among its fds_in' \
	service 'rpc Go(M) returns (M) { option (brig.method) = { id: 1 deadline_ms: 5 fds_in: LISTENER }; }'
refused "dropping what a child asks" "can't be dropped: only what the broker sends" \
	service 'rpc Go(M) returns (brig.None) { option (brig.method) = { id: 1 oneway: true slow: DROP }; }'
refused "a service of nobody" "is nobody's: write option (brig.service).role" \
	build 'service S { option (brig.service) = { id: 70 version: 1 }; }'
refused "a role that isn't there" "S is for role 'servcie', and there are renderer, codec, network, service, workers and compute" \
	build 'service S { option (brig.service) = { id: 70 version: 1 role: ["service", "servcie"] }; }'
refused "a role without programs" "S is for role 'plugin'" \
	build 'service S { option (brig.service) = { id: 70 version: 1 role: "plugin" }; }'
refused "Brig's own numbers" 'write option (brig.service).id = N, 64 to 65535' \
	build 'service S { option (brig.service) = { id: 3 version: 1 role: "renderer" }; }'
refused "no version" 'needs a version' build 'service S { option (brig.service) = { id: 70 role: "renderer" }; }'
refused "an older version that is newer" 'oldest no later' \
	build 'service S { option (brig.service) = { id: 70 version: 1 oldest: 2 role: "renderer" }; }'

refused "an option that isn't there" 'Option "(brig.field).lenght" unknown' field 'string s = 1 [(brig.field).lenght = 5];'
foreign()
{
	echo 'syntax = "proto3"; package other; import "google/protobuf/descriptor.proto";
extend google.protobuf.FieldOptions { uint32 odd = 51800; }' >other.proto
	field "string s = 1 [(brig.field).max_len = 5, (other.odd) = 3]; } import \"other.proto\"; message N {"
}
refused "an option of somebody else" 's option 51800 is none of brig/options.proto' foreign
newer()
{
	mkdir -p newer/brig
	sed 's/bool no_nul = 11;/bool no_nul = 11; bool later = 12;/' "$schema/brig/options.proto" >newer/brig/options.proto
	schema=newer field 'string s = 1 [(brig.field) = { max_len: 5 later: true }];'
}
refused "an option that came later" 'has a Brig option that this protoc-gen-brig is too old to know' newer
proto2()
{
	printf 'syntax = "proto2"; package app; message M { optional uint32 n = 1; }' >app.proto
	"$protoc" --plugin="protoc-gen-brig=$gen" --brig_out=out -I . -I "$schema" app.proto
}
refused "another syntax" 'must say syntax = "proto3"' proto2
refused "each fault at once" "$(printf 'app.proto:4: a is unbounded: write [(brig.field).max_len = N], 1 to 16000000 bytes\napp.proto:4: b is unbounded')" \
	field 'string a = 1; string b = 2;'
check "garbage for a request" 1 "protoc-gen-brig is run by protoc" sh -c "echo nonsense | '$gen'"
conclude

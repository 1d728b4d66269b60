# shellcheck shell=bash disable=SC2154
# A processor that doesn't speculate. (None that lets a thread choose can be emulated.)

attested()
{
	local out

	out=$(mktemp -d ./out.XXXXXX) && chmod 777 "$out" || return
	"$@" "$brig" render --json /machine/pictures/photo.jpg -o "$out" >"$out/json" || return
	jq -r '.results[0].process.layers.speculation' "$out/json"
}

check "not past stores" 0 "not vulnerable" grep ^Speculation_Store_Bypass: /proc/self/status
check "not past branches" 0 "not affected" grep ^SpeculationIndirectBranch: /proc/self/status
check "doctor says so" 0 "0" says '.layers[] | select(.name == "speculation") | .errno' env
check "each layer is what this kernel has" 0 "" same_layers as_user
check "it is attested, to root" 0 "attested" attested env
check "it is attested, to an ordinary user" 0 "attested" attested as_user
check "and no attempt escapes" 0 "all held" "$brig" selftest --role renderer --tier full --attempt 43.speculation

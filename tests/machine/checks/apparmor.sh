# shellcheck shell=bash disable=SC2154
# AppArmor takes the profile that is shipped. This kernel and this parser don't know its rule on user
# namespaces yet: all the rest of it.

load()
{
	"$brig" doctor --apparmor | sed 's|abi/4.0|abi/3.0|; /^  userns,$/d' >profile &&
		apparmor_parser -r -K profile && sort /sys/kernel/security/apparmor/profiles | paste -sd' '
}

check "the profile loads" 0 "brig-child (unconfined) brig-doctor (unconfined)" load
check "and all can be had under it, as root" 0 "full, decoded" says '"\(.tier), \(.renderer.message)"' env
check "and as an ordinary user" 0 "full full" level full as_user

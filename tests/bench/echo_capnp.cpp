/* Cap'n Proto RPC, its two-party form over a socket pair: both ends wait in its own event loop. */
#include "tests/bench/echo_program.hpp"

#include "echo_peer.capnp.h"

#include <capnp/rpc-twoparty.h>
#include <kj/async-io.h>
#include <unistd.h>

namespace
{

class EchoServer final : public Echo::Server
{
	kj::Promise<void> echo(EchoContext context) override
	{
		context.getResults().setData(context.getParams().getData());
		return kj::READY_NOW;
	}
};

int serve(int fd)
{
	auto io = kj::setupAsyncIo();
	auto stream = io.lowLevelProvider->wrapSocketFd(fd);
	capnp::TwoPartyClient server(*stream, kj::heap<EchoServer>(),
				     capnp::rpc::twoparty::Side::SERVER);

	server.onDisconnect().wait(io.waitScope);
	return 0;
}

int ask(int fd)
{
	auto io = kj::setupAsyncIo();
	auto stream = io.lowLevelProvider->wrapSocketFd(fd);
	capnp::TwoPartyClient client(*stream);
	Echo::Client echo = client.bootstrap().castAs<Echo>();
	const kj::byte bytes[echo_bytes] = {};

	return serve_benchmark([&] {
		auto request = echo.echoRequest();

		request.setData(kj::arrayPtr(bytes, sizeof bytes));
		return request.send().wait(io.waitScope).getData().size() == echo_bytes;
	});
}

} // namespace

int main()
{
	int sv[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) < 0)
		return 1;
	const pid_t pid = fork();
	if (pid < 0)
		return 1;
	close(sv[pid == 0 ? 0 : 1]);
	if (pid == 0)
		close(control_fd);
	return pid == 0 ? serve(sv[1]) : ask(sv[0]);
}

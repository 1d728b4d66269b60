/* gRPC over a Unix socket: the synchronous server and the synchronous stub, as its guide has them.
 */
#include "tests/bench/echo_program.hpp"

#include "echo_peer.grpc.pb.h"

#include <cstdlib>
#include <grpcpp/grpcpp.h>
#include <poll.h>
#include <string>
#include <unistd.h>

namespace
{

class EchoServer final : public bench_peer::Echo::Service
{
	grpc::Status Echo(grpc::ServerContext *, const bench_peer::Block *request,
			  bench_peer::Block *reply) override
	{
		reply->set_data(request->data());
		return grpc::Status::OK;
	}
};

/* Until the other end of @lifeline closes. */
int serve(const std::string &address, int lifeline)
{
	EchoServer service;
	grpc::ServerBuilder builder;

	builder.AddListeningPort(address, grpc::InsecureServerCredentials());
	builder.RegisterService(&service);
	const auto server = builder.BuildAndStart();
	if (!server || send(lifeline, "r", 1, MSG_NOSIGNAL) != 1)
		return 1;
	char byte;
	(void)recv(lifeline, &byte, 1, 0);
	server->Shutdown();
	return 0;
}

int ask(const std::string &address, int lifeline)
{
	char byte;

	if (recv(lifeline, &byte, 1, 0) != 1)
		return 1;
	const auto stub = bench_peer::Echo::NewStub(
		grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
	bench_peer::Block request;

	request.set_data(std::string(echo_bytes, '\0'));
	return serve_benchmark([&] {
		grpc::ClientContext context;
		bench_peer::Block reply;

		return stub->Echo(&context, request, &reply).ok() &&
		       reply.data().size() == echo_bytes;
	});
}

} // namespace

int main()
{
	char directory[] = "/tmp/brig-bench-grpc.XXXXXX";
	int sv[2];

	if (!mkdtemp(directory) || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) < 0)
		return 1;
	const std::string path = std::string(directory) + "/socket";
	/* Before there are threads. */
	const pid_t pid = fork();
	if (pid < 0)
		return 1;
	close(sv[pid == 0 ? 0 : 1]);
	if (pid == 0) {
		close(control_fd);
		return serve("unix:" + path, sv[1]);
	}
	const int r = ask("unix:" + path, sv[0]);
	(void)unlink(path.c_str());
	(void)rmdir(directory);
	return r;
}

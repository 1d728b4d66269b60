/* What the C++ programs share: the benchmark says how many calls, and hears how long they took. */
#ifndef TESTS_BENCH_ECHO_PROGRAM_HPP
#define TESTS_BENCH_ECHO_PROGRAM_HPP

#include <chrono>
#include <cstdint>
#include <sys/socket.h>

constexpr int control_fd = 3;
constexpr std::size_t echo_bytes = 64;

/* Until the benchmark closes its end. */
template <typename Call> int serve_benchmark(Call call)
{
	std::uint32_t n;

	while (recv(control_fd, &n, sizeof n, 0) == sizeof n) {
		const auto start = std::chrono::steady_clock::now();

		while (n--)
			if (!call())
				return 1;
		const std::uint64_t took = std::chrono::duration_cast<std::chrono::nanoseconds>(
						   std::chrono::steady_clock::now() - start)
						   .count();
		if (send(control_fd, &took, sizeof took, MSG_NOSIGNAL) != sizeof took)
			break;
	}
	return 0;
}

#endif

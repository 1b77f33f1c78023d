// An embedded kernel in Asio's io_context.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <memory>
#include <thread>

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>

#include <kernelwire/loops/asio.hpp>

#include "loop_application.hpp"

using namespace kernelwire;
using Watch = AsioWatch<asio::posix::stream_descriptor>;

TEST_CASE("Asio's context serves a kernel until a client shuts it down") {
    Hosted interpreter;
    asio::io_context context;
    EmbeddedKernel kernel(linked_zmq(), interpreter, local_options());
    int ended = 0;
    const Watch watch(kernel, context.get_executor(), [&] { ++ended; });
    Visit visit(kernel, "", 50);
    context.run();  // returns when there is nothing to wait for
    CHECK(visit.answered() == 50);
    CHECK(interpreter.thread == std::this_thread::get_id());
    CHECK(ended == 1);
    CHECK_FALSE(kernel.running());
}

TEST_CASE("Asio's context sleeps while there is nothing to do") {
    Hosted interpreter;
    asio::io_context context;
    EmbeddedKernel kernel(linked_zmq(), interpreter, local_options());
    const Watch watch(kernel, context.get_executor());
    while (context.poll() > 0) {
    }
    int called = 0;
    kernel.post([&] { ++called; });
    while (called == 0) context.run_one();
    while (context.poll() > 0) {
    }
    CHECK(context.poll() == 0);
    CHECK(called == 1);
}

TEST_CASE("a watch of Asio's may go before its kernel, and before what it waits for") {
    Hosted interpreter;
    asio::io_context context;
    EmbeddedKernel kernel(linked_zmq(), interpreter, local_options());
    auto watch = std::make_unique<Watch>(kernel, context.get_executor());
    int called = 0;
    kernel.post([&] { ++called; });
    watch.reset();
    context.run();
    CHECK(called == 0);
    CHECK(kernel.step());
    CHECK(called == 1);
}

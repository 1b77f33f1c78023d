// An embedded kernel in GLib's main loop.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <thread>

#include <kernelwire/loops/glib.hpp>

#include "loop_application.hpp"

using namespace kernelwire;

namespace {

struct Application {
    Application() = default;
    ~Application() { g_main_loop_unref(loop); }
    Application(const Application&) = delete;
    Application& operator=(const Application&) = delete;

    Hosted interpreter;
    EmbeddedKernel kernel{linked_zmq(), interpreter, local_options()};
    GMainLoop* loop = g_main_loop_new(nullptr, FALSE);
    int ended = 0;
    GlibWatch watch{kernel, [this] {
                        ++ended;
                        g_main_loop_quit(loop);
                    }};
};

}  // namespace

TEST_CASE_FIXTURE(Application, "GLib's loop serves a kernel until a client shuts it down") {
    Visit visit(kernel, "", 50);
    g_main_loop_run(loop);
    CHECK(visit.answered() == 50);
    CHECK(interpreter.thread == std::this_thread::get_id());
    CHECK(ended == 1);
    CHECK_FALSE(kernel.running());
}

TEST_CASE_FIXTURE(Application, "a GLib loop within a request calls what was posted") {
    bool called = false;
    interpreter.nested = [&] {
        std::thread([&] { kernel.post([&] { called = true; }); }).join();
        while (!called) g_main_context_iteration(nullptr, TRUE);
    };
    Visit visit(kernel, "nested", 1);
    g_main_loop_run(loop);
    CHECK(visit.answered() == 1);
    CHECK(called);
}

TEST_CASE_FIXTURE(Application, "GLib's loop sleeps while there is nothing to do") {
    while (g_main_context_iteration(nullptr, FALSE) != FALSE) {
    }
    CHECK(g_main_context_pending(nullptr) == FALSE);
    kernel.post([] {});
    CHECK(g_main_context_pending(nullptr) == TRUE);
    CHECK(g_main_context_iteration(nullptr, FALSE) == TRUE);
}

TEST_CASE("a GLib watch may go before its kernel") {
    Hosted interpreter;
    EmbeddedKernel kernel(linked_zmq(), interpreter, local_options());
    {
        const GlibWatch watch(kernel);
    }
    kernel.post([] {});
    CHECK(g_main_context_pending(nullptr) == FALSE);
    CHECK(kernel.step());
}

// PythonKernel and PythonKernelThread: their life within a program, without a client.
//
// Built and run by tests/test_embed_python.py.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdint>
#include <fstream>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <kernelwire/python/embedded_python.hpp>
#include <kernelwire/python/live_array.hpp>
#include <kernelwire/python/python_kernel.hpp>

namespace py = pybind11;
using namespace kernelwire;

namespace {

bool exists(const std::string& path) {
    return std::ifstream(path).good();
}

// What a call raises in Python, by its type's name.
template <class Function>
std::string raised_by(const Function& function) {
    try {
        function();
    } catch (const py::error_already_set& raised) {
        const py::gil_scoped_acquire gil;
        return raised.type().attr("__name__").cast<std::string>();
    }
    return "nothing";
}

}  // namespace

TEST_CASE("a kernel is there from its constructor to its destructor") {
    std::string file;
    {
        const PythonKernel kernel({});
        file = kernel.connection_file();
        CHECK(kernel.running());
        CHECK(exists(file));
    }
    CHECK_FALSE(exists(file));
}

TEST_CASE("a kernel follows another in the same process, whatever thread they are on") {
    for (int i = 0; i < 2; ++i) {
        PythonKernel in_loop({});
        CHECK(in_loop.run_until(PythonKernel::Clock::now()));
        in_loop.stop();
        while (in_loop.step()) {
        }
        CHECK_FALSE(in_loop.running());
        CHECK_FALSE(in_loop.step());

        PythonKernelThread on_thread({});
        CHECK(on_thread.running());
        CHECK(exists(on_thread.connection_file()));
        on_thread.close();
        CHECK_FALSE(on_thread.running());
        CHECK_FALSE(exists(on_thread.connection_file()));
    }
}

TEST_CASE("the streams of the process are put back when a kernel ends") {
    const auto stdout_id = [] {
        const py::gil_scoped_acquire gil;
        return reinterpret_cast<std::uintptr_t>(py::module_::import("sys").attr("stdout").ptr());
    };
    const auto before = stdout_id();
    {
        const PythonKernel kernel({});
        CHECK(kernel.running());
        CHECK(stdout_id() != before);
    }
    CHECK(stdout_id() == before);
}

TEST_CASE("what the kernel cannot be made of is told by an exception, and changes nothing") {
    PythonKernelOptions options;
    options.connection_file = "/nowhere/at/all.json";
    CHECK(raised_by([&] { PythonKernel({}, options); }) == "ConnectionFileError");
    CHECK(raised_by([&] { PythonKernelThread({}, options); }) == "FileNotFoundError");
    options = {};
    options.log_level = "loud";
    CHECK(raised_by([&] { PythonKernel({}, options); }) == "ValueError");
    CHECK(raised_by([&] { PythonKernelThread({}, options); }) == "ValueError");
    CHECK_THROWS_WITH(PythonKernel([](py::dict&) { throw std::runtime_error("no names"); }),
                      "no names");
    CHECK(PythonKernel({}).running());
}

TEST_CASE("functions are posted by any thread, and called by the loop's with the GIL") {
    PythonKernel kernel({});
    std::vector<int> called;
    std::thread other([&] {
        kernel.post([&] { called.push_back(1); });
        kernel.post([&] {
            py::print();  // needs the GIL
            called.push_back(2);
        });
    });
    other.join();
    CHECK(kernel.run_until([&] { return called.size() == 2; }));
    CHECK(called == std::vector<int>{1, 2});
}

TEST_CASE("another thread stops a loop that waits") {
    PythonKernel kernel({});
    std::thread other([&] { kernel.stop(); });
    CHECK_FALSE(kernel.run_until([] { return false; }));
    other.join();
}

TEST_CASE("another thread that steps is told that it is one") {
    PythonKernel kernel({});
    std::string raised;
    std::thread([&] { raised = raised_by([&] { kernel.step(); }); }).join();
    CHECK(raised == "RuntimeError");
    CHECK(kernel.step());
}

TEST_CASE("Python is started once") {
    CHECK_THROWS_AS(EmbeddedPython(), std::runtime_error);
}

TEST_CASE("an array is the memory of its owner, and keeps it") {
    const py::gil_scoped_acquire gil;
    auto memory = std::make_shared<std::vector<double>>(6);
    std::iota(memory->begin(), memory->end(), 0.0);
    py::array array = live_array(memory, memory->data(), {3, 2});
    const std::weak_ptr<std::vector<double>> watched = memory;
    CHECK(array.attr("sum")().cast<double>() == 15);
    (*memory)[0] = 10;
    CHECK(array.attr("sum")().cast<double>() == 25);
    array.attr("fill")(2);
    CHECK((*memory)[5] == 2);
    memory.reset();
    CHECK_FALSE(watched.expired());
    array = py::array();
    CHECK(watched.expired());
}

TEST_CASE("an array of constants cannot be written to") {
    const py::gil_scoped_acquire gil;
    auto memory = std::make_shared<std::vector<int>>(4);
    const std::vector<int>& constant = *memory;
    const py::array array = live_array(memory, constant.data(), {4});
    CHECK(array.attr("flags").attr("writeable").cast<bool>() == false);
    CHECK(raised_by([&] { array.attr("fill")(1); }) == "ValueError");
}

int main(int argc, char** argv) {
    const EmbeddedPython python;
    doctest::Context context(argc, argv);
    return context.run();
}

// Cells that do not come to their end: interrupted, crashed, or gone for good.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <atomic>
#include <string>

#include "clang_notebook.hpp"

using notebook::Notebook;
using notebook::Outcome;
using notebook::Session;

namespace {

// A cell calls it where it is about to never end, so that no test has to guess when.
void interrupt_from_within() {
    Session::interrupt();
}

class Interrupted : public Notebook {
public:
    Interrupted() {
        session().define("interrupt_me", reinterpret_cast<void*>(&interrupt_from_within));
        REQUIRE(show("extern \"C\" void interrupt_me();").empty());
    }
};

}  // namespace

TEST_CASE("loops are interrupted, and the session goes on") {
    Interrupted notebook;
    const char* const ended = "Interrupted: the cell was interrupted";
    CHECK(notebook.show("interrupt_me();\nwhile (true) {}") == ended);
    CHECK(notebook.show("int n = 0;\ninterrupt_me();\nfor (;;) ++n;") == ended);
    CHECK(notebook.show("#include <thread>\n#include <chrono>\ninterrupt_me();\n"
                        "std::this_thread::sleep_for(std::chrono::hours(1));") == ended);
    CHECK(notebook.show("try { interrupt_me(); for (;;) {} } catch (...) { for (;;) {} }") ==
          ended);
    CHECK(notebook.show("n < 2") == "true");
}

TEST_CASE("optimised loops, and those in functions that never throw, are interrupted too") {
    Interrupted notebook;
    notebook.session().optimise(2);
    CHECK(notebook.show("interrupt_me();\nwhile (true) {}").substr(0, 11) == "Interrupted");
    CHECK(notebook
              .show("#include <algorithm>\n#include <vector>\nstd::vector<int> v(1000);\n"
                    "interrupt_me();\nfor (;;) std::sort(v.begin(), v.end(),"
                    " [](int a, int b) noexcept { return a < b; });")
              .substr(0, 11) == "Interrupted");
    CHECK(notebook.show("void spin() noexcept { for (;;) {} }\ninterrupt_me();\nspin();")
              .substr(0, 11) == "Interrupted");
    CHECK(notebook.show("1") == "1");
}

TEST_CASE("a second interrupt leaves a cell that waits for something") {
    Interrupted notebook;
    const Outcome outcome = notebook.run(
        "#include <mutex>\nstd::mutex m;\nm.lock();\ninterrupt_me();\ninterrupt_me();\nm.lock();");
    REQUIRE(outcome.failure);
    CHECK(outcome.failure->name == "Interrupted");
    CHECK(outcome.failure->damaged);
    CHECK(notebook.show("1") == "1");
}

TEST_CASE("crashes are told from each other, and survived") {
    Notebook notebook;
    CHECK(notebook.show("int* p = nullptr;\n*p = 3;").substr(0, 17) == "SegmentationFault");
    CHECK(notebook
              .show("int deep(int n) { volatile char b[1000]; b[0] = 1;"
                    " return deep(n + 1) + b[0]; }\ndeep(0)")
              .substr(0, 17) == "SegmentationFault");
    CHECK(notebook.show("#include <cstdlib>\nstd::abort();").substr(0, 7) == "Aborted");
    CHECK(notebook.show("int zero = 0;\n1 / zero").substr(0, 15) == "ArithmeticError");
    CHECK(notebook.show("#include <exception>\nstd::terminate();") ==
          "Terminated: std::terminate() was called");
    CHECK(notebook.show("void f() noexcept { throw 1; }\nf();") ==
          "Terminated: an exception left a function that is noexcept: int: 1");
    CHECK(notebook.show("exit(3);") == "Exit: exit(3) was called");
    CHECK(notebook.show("zero + 2") == "2");
}

TEST_CASE("objects are destroyed with the session, and files written") {
    static std::atomic<int> destroyed{0};
    {
        Notebook notebook;
        notebook.session().define("count_destroyed", reinterpret_cast<void*>(+[] { ++destroyed; }));
        CHECK(notebook
                  .show("extern \"C\" void count_destroyed();\n"
                        "struct D { ~D() { count_destroyed(); } } d, e;")
                  .empty());
        CHECK(destroyed == 0);
    }
    CHECK(destroyed == 2);
}

TEST_CASE("a backtrace names the functions of the cells") {
    Notebook notebook;
    Outcome outcome =
        notebook.run("void inner(int* p) { *p = 1; }\nvoid outer() { inner(nullptr); }\nouter();");
    REQUIRE(outcome.failure);
    REQUIRE(outcome.failure->lines.size() >= 2);
    CHECK(outcome.failure->lines[0] == "  in inner(int*)");
    CHECK(outcome.failure->lines[1] == "  in outer()");
    outcome = notebook.run(
        "struct T { void m(double a) { if (a > 0) throw 1; } };\nvoid f() { T().m(1); }\nf();");
    REQUIRE(outcome.failure);
    REQUIRE(outcome.failure->lines.size() >= 2);
    CHECK(outcome.failure->lines[0] == "  in T::m(double)");
    CHECK(outcome.failure->lines[1] == "  in f()");
    outcome = notebook.run(
        "int deep(int n) { volatile char b[1000]; b[0] = 1; return deep(n + 1) + b[0]; }\n"
        "deep(0);");
    REQUIRE(outcome.failure);
    REQUIRE(outcome.failure->lines.size() == 1);
    CHECK(outcome.failure->lines[0].substr(0, 24) == "  in deep(int) (and agai");
}

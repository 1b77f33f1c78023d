// Names that C has too, captures of lambdas, and what the compiler says of its arguments.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

#include "clang_notebook.hpp"

using kernelwire::clang::check;
using notebook::Notebook;
using notebook::Options;
using notebook::Outcome;
using notebook::plain;

// Clang keeps a second list of C's names, in which they were still found.
TEST_CASE("functions and variables of C are declared again, and old callers keep the old") {
    Notebook notebook;
    CHECK(notebook
              .show("extern \"C\" int twice(int n) { return 2 * n; }\n"
                    "int ask() { return twice(4); }")
              .empty());
    CHECK(notebook.show("extern \"C\" int twice(int n) { return 3 * n; }").empty());
    CHECK(notebook.show("twice(4) * 100 + ask()") == "1208");
    CHECK(notebook.show("extern \"C\" { long twice(int n) { return 4 * n; } }").empty());
    CHECK(notebook.show("twice(4) * 100 + ask()") == "1608");
    CHECK(notebook.show("extern \"C\" int twice(int n) { return wrong; }").substr(0, 12) ==
          "CompileError");
    CHECK(notebook.show("twice(1)") == "4");
    CHECK(notebook.show("extern \"C\" int counted = 3;\nint count() { return counted; }").empty());
    CHECK(notebook.show("extern \"C\" int counted = 4;").empty());
    CHECK(notebook.show("counted * 10 + count()") == "43");
}

TEST_CASE("a variable may have the name of a function of C's") {
    Notebook notebook;
    CHECK(notebook
              .show("#include <cmath>\n#include <ctime>\n#include <string>\n"
                    "double ln(double x) { return log(x); }")
              .empty());
    CHECK(notebook.show("const std::string log = \"a variable\";\nlog") == "\"a variable\"");
    CHECK(notebook.show("int time = 3;\ndouble y1 = 0.5;\ntime + y1") == "3.5");
    CHECK(notebook.show("int time = 4;\ntime") == "4");
    CHECK(notebook.show("ln(1) + std::log(1.0)") == "0");
    CHECK(notebook.show("std::time(nullptr) > 0") == "true");
    CHECK(notebook.session().undo());  // each cell that shows something is one to be undone
    CHECK(notebook.session().undo());
    CHECK(notebook.session().undo());
    CHECK(notebook.show("time") == "3");
}

TEST_CASE("a function of C's is there again where the variable is undone or fails") {
    Notebook notebook;
    CHECK(notebook.show("#include <cmath>\nint y1 = wrong;").substr(0, 12) == "CompileError");
    CHECK(notebook.show("y1(0.0) < 0") == "true");
    CHECK(notebook.show("int y1 = 5;").empty());
    CHECK(notebook.session().undo());
    CHECK(notebook.show("y1(0.0) < 0") == "true");
}

// The library's calls would have ended in the variable.
TEST_CASE("a variable does not take the place of a function that libraries call") {
    Notebook notebook;
    CHECK(notebook.show("int ftok = 3;\nftok") == "3");  // which no header has declared so far
    CHECK(notebook.show("extern \"C\" int ftok(const char*, int);\n"
                        "ftok(\"/nothing/is/here\", 1)") == "-1");
}

TEST_CASE("a lambda outside of blocks captures as it would within one") {
    Notebook notebook;
    CHECK(notebook.show("int n = 1;\nauto up = [&] { return ++n; };\nup() * 10 + n") == "22");
    CHECK(notebook.show("auto then = [n] { return n; };\nauto now = [&n] { return n; };").empty());
    CHECK(notebook.show("n = 5;\nthen() * 10 + now()") == "25");
    CHECK(notebook.show("auto both = [&, n]() mutable { return ++n; };\nboth() * 10 + n") == "65");
    CHECK(notebook.show("int a[2] = {1, 2};\nauto first = [&a] { return sizeof(a); };\n"
                        "first() == sizeof(a)") == "true");
    CHECK(notebook.show("int m = 7; auto more = [m, &n](int k) { return m * k + n; };\nmore(2)") ==
          "19");
    CHECK(notebook.show("#include <functional>\nstd::function<int()> kept;\n"
                        "for (int i = 0; i < 3; ++i) kept = [n, i] { return n + i; };\n"
                        "n = 0;\nkept()") == "7");
}

TEST_CASE("a capture that would mean something else is refused, with what to write") {
    Notebook notebook;
    CHECK(notebook.show("int n = 1;\nint a[2] = {1, 2};").empty());
    const Outcome all = notebook.run("auto f = [=] { return n; };");
    REQUIRE(all.failure);
    CHECK(all.failure->value == "non-local lambda expression cannot have a capture-default");
    CHECK(all.failure->lines.back() ==
          "variables of cells are global: [] sees them all, and [name = name] copies one");
    CHECK(notebook.show("auto g = [a] { return a[0]; };").substr(0, 12) == "CompileError");
    CHECK(notebook.show("auto h = [n = n] { return n; };\nh()") == "1");
}

TEST_CASE("arguments that clang does not take are refused in its own words") {
    Options options = plain();
    CHECK_NOTHROW(check(options));
    options.arguments = {"-fwrong"};
    CHECK_THROWS_WITH_AS(check(options), doctest::Contains("unknown argument: '-fwrong'"),
                         std::runtime_error);
    options.arguments = {"-Xclang", "-wrong-too"};
    CHECK_THROWS_WITH_AS(check(options), doctest::Contains("unknown argument: '-wrong-too'"),
                         std::runtime_error);
    options.arguments = {"-fopenmp", "-Wall", "-DA=1", "-I/nowhere"};
    CHECK_NOTHROW(check(options));
}

// Cells of C++, run one after another in one session.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <string>

#include "clang_notebook.hpp"

using notebook::Notebook;
using notebook::Outcome;

TEST_CASE("the last expression of a cell is its value") {
    Notebook notebook;
    CHECK(notebook.show("1 + 1") == "2");
    CHECK(notebook.show("int a = 41;").empty());
    CHECK(notebook.show("a += 1;\na") == "42");
    CHECK(notebook.show("#include <vector>\nstd::vector<int>{1, 2, 3}") == "[1, 2, 3]");
    CHECK(notebook.show("for (int i = 0; i < 3; ++i) a += i;\na") == "45");
    CHECK(notebook.show("void nothing() {}\nnothing()").empty());
}

// The cell was divided behind the brace, and `.d` began a statement of its own.
TEST_CASE("braces of values do not end a branch") {
    Notebook notebook;
    CHECK(notebook.show("struct P { int d = 4; };\nint g = 0;\nif (true) g = P{}.d;\ng") == "4");
    CHECK(notebook.show(
              "for (int i : {1, 2})\n    if (i > 1) g += P{}.d;\n    else g += int{i};\ng") == "9");
    CHECK(notebook.show(
              "int (*h)(int) = nullptr;\nif (g) h = [](int n) { return n + 1; };\nh(1)") == "2");
    CHECK(notebook.show("if (g == 0) { g = 1; } else { g = 2; }\ng") == "2");
    CHECK(notebook.show(
              "do { ++g; } while (g < 9);\ntry { throw P{}; } catch (P p) { g += p.d; }\ng") ==
          "13");
}

TEST_CASE("what a cell declares again is new, and old callers keep the old") {
    Notebook notebook;
    CHECK(notebook.show("int x = 1;\nint old() { return x; }").empty());
    CHECK(notebook.show("double x = 2.5;\nx") == "2.5");
    CHECK(notebook.show("old()") == "1");
    CHECK(notebook.show("struct R { int a = 1; int get() { return a; } };\nR().get()") == "1");
    CHECK(notebook.show("struct R { char b = 'b'; char get() { return b; } };\nR().get()") ==
          "'b'");
}

// Clang made them when they were first used: they had what their initialisers found then, or 0.
TEST_CASE("constants and static variables are made where they stand") {
    Notebook notebook;
    CHECK(notebook
              .show("#include <string>\nint a = 1;\nconst int b = a;\nstatic int c = a;\n"
                    "namespace inner { const int d = a; static const auto e = a; }")
              .empty());
    CHECK(notebook.show("a = 5;").empty());
    CHECK(notebook.show("b * 1000 + c * 100 + inner::d * 10 + inner::e") == "1111");
    CHECK(notebook.show("int f = 1;\nf = 2;\nconst int g = f;\nf = 3;\ng * 10 + f") == "23");
    CHECK(notebook.show("std::string s = \"x\";\ns = \"y\";\nconst std::string t = s;\n"
                        "s = \"z\";\nt + s") == "\"yz\"");
    CHECK(notebook.show("const auto counted = a++;").empty());
    CHECK(notebook.show("a") == "6");
}

TEST_CASE("a cell that does not compile leaves the session as it was") {
    Notebook notebook;
    CHECK(notebook.show("#include <string>\nstd::string s = \"kept\";").empty());
    const Outcome outcome = notebook.run("int a = 1;\nint b = undeclared;");
    REQUIRE(outcome.failure);
    CHECK(outcome.failure->name == "CompileError");
    CHECK(outcome.failure->value == "use of undeclared identifier 'undeclared'");
    REQUIRE(outcome.failure->lines.size() >= 3);
    CHECK(outcome.failure->lines[0] ==
          "In[2]:2:9: error: use of undeclared identifier 'undeclared'");
    CHECK(notebook.show("s") == "\"kept\"");
    CHECK(notebook.show("a").find("undeclared identifier 'a'") != std::string::npos);
}

// What stands around an expression that is shown was a part of the message.
TEST_CASE("an error in an expression that is not whole shows what was written") {
    Notebook notebook;
    const Outcome outcome = notebook.run("(1, 2");
    REQUIRE(outcome.failure);
    CHECK(outcome.failure->value == "expected ')'");
    REQUIRE(outcome.failure->lines.size() >= 3);
    CHECK(outcome.failure->lines[0] == "at the end of the cell: error: expected ')'");
    CHECK(outcome.failure->lines[1] == "In[1]:1:1: note: to match this '('");
    CHECK(outcome.failure->lines[2] == "    1 | (1, 2");
    CHECK(notebook.show("1 +") == "CompileError: expected expression");
    CHECK(notebook.show("1 + 1") == "2");
}

TEST_CASE("an exception ends the cell, with its type and what it says") {
    Notebook notebook;
    CHECK(notebook.show("#include <stdexcept>\nthrow std::runtime_error(\"boom\");") ==
          "std::runtime_error: boom");
    CHECK(notebook.show("throw 42;") == "int: 42");
    CHECK(notebook.show("1") == "1");
}

TEST_CASE("a crash ends the cell, and the session goes on") {
    Notebook notebook;
    const Outcome outcome = notebook.run("int* p = nullptr;\n*p = 3;");
    REQUIRE(outcome.failure);
    CHECK(outcome.failure->name == "SegmentationFault");
    CHECK(outcome.failure->damaged);
    CHECK_FALSE(outcome.failure->lost);
    CHECK(notebook.show("#include <cstdlib>\nstd::abort();").substr(0, 7) == "Aborted");
    CHECK(notebook.show("exit(3);") == "Exit: exit(3) was called");
    CHECK(notebook.show("1") == "1");
}

TEST_CASE("what a function calls may be defined by a later cell") {
    // The linker would else have lost the function together with the cell that called it too early.
    Notebook notebook;
    CHECK(notebook.show("int later(int);\nint now() { return later(2); }").empty());
    CHECK(notebook.show("now()") == "LinkError: later(int) is declared, but defined nowhere");
    CHECK(notebook.show("int later(int k) { return k + 1; }").empty());
    CHECK(notebook.show("now()") == "3");
}

TEST_CASE("functions, overloads, templates and names in namespaces are declared again") {
    Notebook notebook;
    CHECK(notebook.show("int f(int) { return 1; }\nint f(double) { return 2; }").empty());
    CHECK(notebook.show("int f(int) { return 3; }\nf(1) * 10 + f(2.0)") == "32");
    CHECK(notebook.show("template <class T> T sq(T x) { return x * x; }\nsq(3)") == "9");
    CHECK(notebook.show("template <class T> T sq(T x) { return x * x * x; }\nsq(3)") == "27");
    CHECK(notebook.show("template <class T> struct W { int k() { return 1; } };\nW<int>().k()") ==
          "1");
    CHECK(notebook.show("template <class T> struct W { int k() { return 2; } };\nW<int>().k()") ==
          "2");
    CHECK(notebook.show("namespace ns { int f() { return 1; } }").empty());
    CHECK(notebook.show("namespace ns { int f() { return 2; } }\nns::f()") == "2");
    CHECK(notebook.show("enum E { A, B };").empty());
    CHECK(notebook.show("enum E { B, A };\nA").substr(0, 1) == "A");
    CHECK(notebook.show("using Int = int;").empty());
    CHECK(notebook.show("using Int = double;\nInt(2.5)") == "2.5");
}

TEST_CASE("instances of templates that a failed cell has used are there for the next") {
    Notebook notebook;
    CHECK(notebook.show("#include <vector>\n#include <algorithm>").empty());
    CHECK(notebook.show("std::vector<int> v{3, 1, 2};\nstd::sort(v.begin(), v.end());\nwrong;")
              .substr(0, 12) == "CompileError");
    CHECK(notebook.show("std::vector<int> v{3, 1, 2};\nstd::sort(v.begin(), v.end());\nv") ==
          "[1, 2, 3]");
}

TEST_CASE("macros and headers of a failed cell are gone with it, and can come again") {
    Notebook notebook;
    CHECK(notebook.show("#define TWICE(x) ((x) * 2)\nint bad = ;").substr(0, 12) == "CompileError");
    CHECK(notebook.show("TWICE(3)") == "CompileError: use of undeclared identifier 'TWICE'");
    CHECK(notebook.show("#include <missing.hpp>") == "CompileError: 'missing.hpp' file not found");
    CHECK(notebook.show("int a = 1;\n#include <regex>\nint bad = ;").substr(0, 12) ==
          "CompileError");
    CHECK(notebook.show("std::regex_match(\"aaa\", std::regex(\"a+\"))") == "true");
}

TEST_CASE("what is inline is compiled once, and the same in all cells") {
    Notebook notebook;
    CHECK(notebook.show("inline int next() { static int n = 0; return ++n; }\nnext()") == "1");
    CHECK(notebook.show("next()") == "2");
    CHECK(notebook.show("inline int next() { return 7; }\nnext()") == "7");
    CHECK(notebook.show("inline int half(int n) { return n / 2; }\nhalf(4) + oops").substr(0, 12) ==
          "CompileError");
    CHECK(notebook.show("inline int half(int n) { return n * 2; }\nhalf(4)") == "8");
}

// Each cell that used one had a copy of its own, or initialised it again.
TEST_CASE("variables that are internal keep their values") {
    Notebook notebook;
    CHECK(notebook
              .show("#include <vector>\nint a = 1;\nstatic int b = a;\n"
                    "static std::vector<int> v{1};\nstruct { int n = 7; } unnamed;\n"
                    "auto counter = [n = a]() mutable { return n++; };\n"
                    "namespace inner { static auto doubled = [n = a * 2] { return n; }; }\n"
                    "namespace { int hidden = a; }")
              .empty());
    CHECK(notebook.show("a = 5;\nv.push_back(2);\nunnamed.n = 9;\n++hidden;\ncounter()") == "1");
    CHECK(notebook.show("b * 100 + v.size() * 10 + unnamed.n") == "129");
    CHECK(notebook.show("b * 100 + inner::doubled() * 10 + hidden") == "122");
    CHECK(notebook.show("counter()") == "2");
    CHECK(notebook.show("static int b = 8;\nb = 3;").empty());
    CHECK(notebook.show("b") == "3");
}

// They have symbols of their own where they are called for a part of an object.
TEST_CASE("constructors and destructors that a cell compiled for a part serve the whole") {
    Notebook notebook;
    CHECK(notebook.show("int gone = 0;\nstruct A { int a = 3; A() {} ~A() { ++gone; } };\n"
                        "struct B : A { B() {} };\nB().a") == "3");
    CHECK(notebook.show("A().a * 10 + gone") == "31");
    CHECK(notebook.show("gone") == "2");
    // A part does not make its virtual bases, a whole does.
    CHECK(notebook.show("struct V { int v; V(int n) : v(n) {} };\n"
                        "struct L : virtual V { L(int n) : V(n) {} };\n"
                        "struct M : L { M() : V(7), L(1) {} };\nM().v") == "7");
    CHECK(notebook.show("L(3).v") == "3");
    CHECK(notebook.show("L(4).v") == "4");
    // What is abstract is a part only.
    CHECK(
        notebook.show("struct P { int p; P(int n) : p(n) {} virtual ~P() { ++gone; }\n"
                      "virtual int twice() = 0; };\n"
                      "struct Q : P { Q(int n) : P(n) {} int twice() override { return 2 * p; } };"
                      "\nQ(2).twice()") == "4");
    CHECK(notebook.show("gone = 0;\n{ P* p = new Q(3); gone = p->twice(); delete p; }\ngone") ==
          "7");
}

TEST_CASE("the last cell is taken back, with its objects") {
    Notebook notebook;
    CHECK(notebook.show("int destroyed = 0;\nint x = 1;").empty());
    CHECK(notebook.show("struct D { ~D() { ++destroyed; } } d;\nint x = 2;").empty());
    CHECK(notebook.show("x") == "2");
    CHECK(notebook.session().undo());
    CHECK(notebook.session().undo());
    CHECK(notebook.show("destroyed * 10 + x") == "11");
    CHECK(notebook.show("d") == "CompileError: use of undeclared identifier 'd'");
}

TEST_CASE("names of earlier cells are told") {
    Notebook notebook;
    CHECK(notebook.show("int x = 1;\ndouble f(int a) { return a; }\nstruct S {};").empty());
    CHECK(notebook.show("double x = 1;").empty());
    std::string all;
    for (const auto& each : notebook.session().declared()) {
        all += each.kind + ' ' + each.name + ": " + each.type + '\n';
    }
    CHECK(all == "function f: double (int)\nclass S: \nvariable x: double\n");
}

TEST_CASE("std::async runs a cell's function on a thread") {
    // It could not be linked: libstdc++'s std::call_once() has thread-local variables.
    Notebook notebook;
    CHECK(notebook.show("#include <future>\n"
                        "auto job = std::async(std::launch::async, [] { return 42; });\n"
                        "job.get()") == "42");
    CHECK(notebook.show("thread_local int own = 1;\nown = 7;\nown") == "7");
    CHECK(notebook.show("int other = 0;\nstd::thread([] { other = own; }).join();\nother") == "1");
}

TEST_CASE("optimised cells inline what they call") {
    // At first only machine code was optimised: every call of a vector's operator was left as one.
    Notebook notebook;
    const char* const code =
        "inline int known(int a) { return __builtin_constant_p(a); }\n"
        "int probe() { return known(3); }\nprobe()";
    CHECK(notebook.show(code) == "0");
    notebook.session().optimise(2);
    CHECK(notebook.show(code) == "1");
    notebook.session().optimise(0);
    CHECK(notebook.show(code) == "0");
}

// A cell does not compile again what it calls: it leaves that to the cell that did it first.
void check_shared_code(int level) {
    Notebook notebook;
    notebook.session().optimise(level);
    CHECK(notebook
              .show("inline int& calls() { static int made = 0; ++made; return made; }\n"
                    "template <typename T> T twice(T a) { return calls() ? a + a : a; }\n"
                    "struct S { virtual ~S() { calls() = 100; } };")
              .empty());
    CHECK(notebook.show("twice(2)") == "4");
    CHECK(notebook.show("twice(3)") == "6");
    CHECK(notebook.show("calls()") == "3");
    CHECK(notebook.show("auto half = twice(0.25);\nS object;").empty());
    CHECK(notebook.session().undo());
    CHECK(notebook.show("twice(0.5)") == "1");
    CHECK(notebook.show("calls()") == "102");
    CHECK(notebook.show("int nowhere();\nint bad = twice(4L) + nowhere();").substr(0, 9) ==
          "LinkError");
    CHECK(notebook.show("twice(4L)") == "8");
    CHECK(notebook.show("int before() { return twice(7); }\nbefore()") == "14");
    CHECK(notebook.show("template <typename T> T twice(T a) { return a * 20; }\ntwice(7)") ==
          "140");
    CHECK(notebook.show("before() + twice(1)") == "34");
}

TEST_CASE("cells use what earlier ones have compiled, whatever became of those") {
    check_shared_code(0);
}

TEST_CASE("optimised cells use what earlier ones have compiled") {
    check_shared_code(2);
}

TEST_CASE("an inline function that a cell shares with what is not whole waits until it is") {
    // It was linked all the same: that failed, and took the function with it.
    Notebook notebook;
    CHECK(notebook
              .show("inline int one() { return 1; }\nint later();\n"
                    "int both() { return one() + later(); }")
              .empty());
    CHECK(notebook.show("one()") == "LinkError: later() is declared, but defined nowhere");
    CHECK(notebook.show("int later() { return 2; }").empty());
    CHECK(notebook.show("one() + both()") == "4");
}

// Three hundred cells, good and bad in random order, and a session that still works behind them.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <array>
#include <cstdio>
#include <random>
#include <string>

#include "clang_notebook.hpp"

using notebook::Notebook;
using notebook::Outcome;
using notebook::Session;

namespace {

// `@` stands for a number that is the cell's own, `#` for one that many cells share.
struct Kind {
    const char* code;
    const char* ends;  // with the name of this failure; nothing for none
};

constexpr std::array<Kind, 34> kinds{{
    {"int x# = @;\nx#", ""},
    {"double x# = @ + 0.5;\nx#", ""},
    {"std::string x# = \"text @\";\nx#", ""},
    {"int f#(int a) { return a + @; }\nf#(1)", ""},
    {"double f#(double a) { return a * @; }\nf#(2.0)", ""},
    {"struct S# { int a = @; int get() { return a; } };\nS#().get()", ""},
    {"struct S# { std::string a = \"@\"; std::string get() { return a; } };\nS#().get()", ""},
    {"template <class T> T t#(T a) { return a + @; }\nt#(1)", ""},
    {"template <class T> struct W# { T a; T get() { return a + @; } };\nW#<int>{1}.get()", ""},
    {"namespace n# { int v = @; int get() { return v; } }\nn#::get()", ""},
    {"enum class E# { a, b, c@ };\nE#::b", ""},
    {"std::vector<int> v#(@ % 7, @);\nv#.push_back(1);\nv#", ""},
    {"std::map<int, std::string> m#{{@, \"a\"}};\nm#[2] = \"b\";\nm#.size()", ""},
    {"auto l# = [](int a) { return a * @; };\nl#(2)", ""},
    {"int s@ = 0;\nfor (int i = 0; i < 10; ++i) s@ += i;\ns@", ""},
    {"#define M#_@ @\nM#_@ + 1", ""},
    {"#include <bitset>\nstd::bitset<8>(@ % 256).count()", ""},
    {"int bad = undeclared@;", "CompileError"},
    {"int good@ = 1;\nint bad = ;", "CompileError"},
    {"std::vector<std::string> w@;\nw@.push_bac(\"x\");\nstd::sort(w@.begin(), w@.end());",
     "CompileError"},
    {"int f#(int a) { return a }\nint g@() { return f#(1); }", "CompileError"},
    {"struct S# { int a = ; };", "CompileError"},
    {"template <class T> void broken@(T a) { a.nothing(); }\nbroken@(1);", "CompileError"},
    {"std::map<int, std::vector<double>> k@;\nk@[1].push_back(\"text\");", "CompileError"},
    {"#include <no/such/header@.hpp>", "CompileError"},
    {"namespace std { int zz@ = ; }", "CompileError"},
    {"int missing@(int);\nmissing@(1)", "LinkError"},
    {"throw std::runtime_error(\"cell @\");", "std::runtime_error"},
    {"throw @;", "int"},
    {"std::vector<int>(3).at(@ + 3)", "std::out_of_range"},
    {"int* p@ = nullptr;\n*p@ = 1;", "SegmentationFault"},
    {"std::abort();", "Aborted"},
    {"interrupt_me();\nwhile (true) {}", "Interrupted"},
    {"exit(@ % 100);", "Exit"},
}};

std::string filled(std::string code, int own, int shared) {
    for (auto at = code.find('@'); at != std::string::npos; at = code.find('@')) {
        code.replace(at, 1, std::to_string(own));
    }
    for (auto at = code.find('#'); at != std::string::npos; at = code.find('#', at + 1)) {
        const bool directive = at == 0 && code.compare(0, 2, "#i") == 0;
        const bool define = at == 0 && code.compare(0, 2, "#d") == 0;
        if (!directive && !define) code.replace(at, 1, std::to_string(shared));
    }
    return code;
}

void interrupt_from_within() {
    Session::interrupt();
}

}  // namespace

TEST_CASE("three hundred good and bad cells leave a session that works") {
    constexpr unsigned seed = 7;
    std::mt19937 random(seed);
    Notebook notebook;
    notebook.session().define("interrupt_me", reinterpret_cast<void*>(&interrupt_from_within));
    REQUIRE(notebook
                .show("#include <algorithm>\n#include <cstdlib>\n#include <map>\n"
                      "#include <stdexcept>\n#include <string>\n#include <vector>\n"
                      "extern \"C\" void interrupt_me();")
                .empty());
    for (int cell = 0; cell < 300; ++cell) {
        const Kind& kind = kinds[random() % kinds.size()];
        const std::string code = filled(kind.code, cell, static_cast<int>(random() % 4));
        CAPTURE(cell);
        CAPTURE(code);
        const Outcome outcome = notebook.run(code);
        const std::string name = outcome.failure ? outcome.failure->name : "";
        CAPTURE((outcome.failure ? outcome.failure->value : std::string()));
        REQUIRE(name == kind.ends);
    }
    CHECK(notebook.show("std::vector<int>{1, 2, 3}") == "[1, 2, 3]");
    CHECK(notebook.show("std::map<std::string, int>{{\"a\", 1}}") == "{\"a\": 1}");
}

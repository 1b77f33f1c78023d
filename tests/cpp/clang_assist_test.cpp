// What helps those who type: completion, inspection, and whether a cell is whole.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "clang_notebook.hpp"

using kernelwire::clang::Completeness;
using kernelwire::clang::Completion;
using notebook::Notebook;

namespace {

class Assisted : public Notebook {
public:
    Assisted() {
        REQUIRE(show("#include <vector>\n#include <memory>\n#include <string>\n"
                     "struct P { int alpha; /** Doubles it. */ int beta(int k) { return k; } };\n"
                     "P p; std::vector<int> v; auto sp = std::make_shared<P>();\n"
                     "/// Adds two numbers.\nint add2(int a, int b) { return a + b; }\n"
                     "enum class Color { red, green };\nnamespace nn { int inner; }\n"
                     "#define LIMIT 7")
                    .empty());
    }

    // The completions at the end of `code`, with a space behind each.
    std::string complete(const std::string& code) {
        std::string all;
        for (const auto& item : session().complete(code, code.size()).items) {
            all += item.text + ' ';
        }
        return all;
    }

    Completeness::Status completeness(const std::string& code) {
        return session().is_complete(code).status;
    }
};

}  // namespace

TEST_CASE("what is precompiled is completed, wherever its names may stand") {
    Assisted notebook;
    CHECK(notebook.complete("UINT_MA") == "UINT_MAX ");
    CHECK(notebook.complete("double root = sqr").substr(0, 5) == "sqrt ");
    CHECK(notebook.complete("std::chrono::steady_") == "steady_clock ");
    CHECK(notebook.complete("using namespace std::chro") == "chrono chrono_literals ");
    CHECK(notebook.complete("std::numeric_limits<int>::max_d") == "max_digits10 ");
    CHECK(notebook.complete("#ifdef UINT_MA") == "UINT_MAX ");
    CHECK(notebook.complete("unordered_ma").empty());
    CHECK(notebook.show("using namespace std;").empty());
    CHECK(notebook.complete("unordered_ma") == "unordered_map ");
}

TEST_CASE("members, namespaces, enumerators and locals are completed") {
    Assisted notebook;
    CHECK(notebook.complete("p.al") == "alpha ");
    CHECK(notebook.complete("p.") == "beta alpha ");
    CHECK(notebook.complete("sp->be") == "beta ");
    CHECK(notebook.complete("v.push_b") == "push_back ");
    CHECK(notebook.complete("nn::") == "inner ");
    CHECK(notebook.complete("Color::") == "green red ");
    CHECK(notebook.complete("std::vect") == "vector ");
    CHECK(notebook.complete("P local; local.be") == "beta ");
    CHECK(notebook.complete("auto it = v.beg") == "begin ");
    CHECK(notebook.complete("int f(int argument) { return argu") == "argument ");
    CHECK(notebook.complete("std::string f() { P q; return q.al") == "alpha ");
    CHECK(notebook.complete("for (auto& element : v) elem") == "element ");
    CHECK(notebook.complete("[](int first) { return fir") == "first ");
    CHECK(notebook.complete("LIMI") == "LIMIT ");
    CHECK(notebook.complete("whil") == "while ");
    CHECK(notebook.complete("#include <vecto") == "vector> ");
    CHECK(notebook.complete("int wrong = ; p.al") == "alpha ");
}

TEST_CASE("completions say what they replace, and what they are") {
    Assisted notebook;
    const std::string code = "1 + add";
    const auto completions = notebook.session().complete(code, code.size());
    CHECK(completions.start == 4);
    CHECK(completions.end == 7);
    REQUIRE(completions.items.size() == 1);
    CHECK(completions.items[0].kind == "function");
    CHECK(completions.items[0].signature == "(int a, int b) -> int");
}

TEST_CASE("completing leaves nothing behind") {
    Assisted notebook;
    notebook.complete("int left_behind = 1; left_");
    CHECK(notebook.show("left_behind") ==
          "CompileError: use of undeclared identifier 'left_behind'");
}

TEST_CASE("names are inspected") {
    Assisted notebook;
    const auto inspect = [&](const std::string& code) {
        return notebook.session().inspect(code, code.size());
    };
    const auto function = inspect("add2(");
    REQUIRE(function);
    CHECK(function->declarations.at(0) == "int add2(int a, int b)");
    CHECK(function->comment == "Adds two numbers.");
    CHECK(function->location == "In[1]:7");
    const auto method = inspect("p.beta");
    REQUIRE(method);
    CHECK(method->name == "P::beta");
    CHECK(method->comment == "Doubles it.");
    const auto record = inspect("P");
    REQUIRE(record);
    CHECK(record->layout == "sizeof 4, alignof 4\n  0: int alpha");
    const auto variable = inspect("sp");
    REQUIRE(variable);
    CHECK(variable->type.find("shared_ptr") != std::string::npos);
    CHECK(inspect("sp->alpha"));
    CHECK(inspect("std::vector<int>::push_back")->name == "std::vector::push_back");
    CHECK(inspect("std::vector")->reference.find("cppreference") != std::string::npos);
    CHECK(inspect("LIMIT")->declarations.at(0) == "#define LIMIT 7");
    CHECK_FALSE(inspect("nothing_of_this_name"));
    CHECK_FALSE(inspect(""));
}

TEST_CASE("cells are whole or not") {
    Assisted notebook;
    using Status = Completeness::Status;
    for (const char* const code : {"1 + 1", "int x = 3;", "f()", "for (;;) {}", "// text", "",
                                   "struct S {};", "x // (", "\"(\"", "if (x) y();"}) {
        CAPTURE(code);
        CHECK(notebook.completeness(code) == Status::complete);
    }
    for (const char* const code :
         {"int f() {", "if (x)", "x +", "f(1,", "/* text", "auto s = R\"(text", "#if 1\nint x;",
          "#define A \\", "std::cout <<"}) {
        CAPTURE(code);
        CHECK(notebook.completeness(code) == Status::incomplete);
    }
    CHECK(notebook.completeness("f)") == Status::invalid);
    CHECK(notebook.completeness("(]") == Status::invalid);
    CHECK(notebook.session().is_complete("for (;;) {\n    if (x) {").indent == "        ");
}

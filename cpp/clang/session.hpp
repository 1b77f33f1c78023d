// A session of interactive C++: cells of code in, values, diagnostics and failures out.
//
// This is the interpreter of the C++ kernel, over clang's own, and knows nothing of Jupyter: what
// cells print goes to the process's descriptors. No header of LLVM is seen by those who include it.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kernelwire/json.hpp>

namespace kernelwire::clang {

/// How a session compiles.
struct Options {
    std::string standard = "c++20";      ///< what -std= is given
    std::vector<std::string> arguments;  ///< further arguments of the compiler: -I, -D, -W...
    int optimisation = 0;                ///< the level of -O, 0 to 3
    bool colors = true;                  ///< diagnostics carry ANSI colours
    std::string cache;  ///< where the compiled prelude is kept; nothing: in the user's cache
};

/// Why a cell did not come to its end.
struct Failure {
    std::string name;   ///< the type of an exception, or CompileError, LinkError, Interrupted...
    std::string value;  ///< what() of an exception, or what happened in a line
    std::vector<std::string> lines;  ///< diagnostics or a backtrace
    bool damaged = false;            ///< memory may be corrupt, or destructors were skipped
    bool lost = false;               ///< the compiler itself is gone: the session cannot go on
};

/// What came of a cell.
struct Outcome {
    std::optional<Failure> failure;
    std::optional<Json> value;  ///< the last expression, as an object of MIME types and contents
    std::string warnings;       ///< diagnostics of a cell that did compile
};

/// A way to go on at the cursor.
struct Completion {
    std::string text;       ///< what stands between `start` and `end` in its place
    std::string kind;       ///< function, class, variable, keyword, module, macro, file...
    std::string signature;  ///< parameters and type, or nothing
};

struct Completions {
    std::vector<Completion> items;
    std::size_t start = 0;  ///< in bytes
    std::size_t end = 0;
};

/// What is known of the name under the cursor.
struct Inspection {
    std::string name;                       ///< qualified
    std::vector<std::string> declarations;  ///< one for each overload
    std::string comment;                    ///< its documentation comment
    std::string location;                   ///< where it is defined: a file or cell, and a line
    std::string type;                       ///< of a variable, with `auto` deduced
    std::string layout;                     ///< size, alignment, and offsets of members
    std::string reference;                  ///< the page of cppreference, for the standard library
};

/// Whether a frontend should run what was typed, or wait for more.
struct Completeness {
    enum class Status { complete, incomplete, invalid };
    Status status = Status::complete;
    std::string indent;  ///< where incomplete: what the next line begins with
};

/// A name that cells have declared.
struct Declared {
    std::string name;
    std::string kind;  ///< variable, function, class, enum, template, alias, namespace
    std::string type;  ///< of variables and functions
};

/// What a cell has declared, as the text that declares it again.
struct Source {
    int count = 0;        ///< of the cell
    std::string code;     ///< its declarations and directives, each in its line
    bool failed = false;  ///< by an exception, which an initialiser may have thrown
};

/// Asks the compiler whether it takes the options.
/// @throws std::runtime_error  where it does not, in its own words.
void check(const Options& options);

/// Everything that was declared so far, and the compiler that knows it.
///
/// One thread uses a session, but for interrupt(). A process has one session at a time: what
/// handles crashes belongs to the process.
class Session {
public:
    /// @throws std::runtime_error  where the compiler cannot be had with these options.
    explicit Session(Options options = {});
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    /// Runs `code`, of which diagnostics speak as `In[count]`.
    ///
    /// After an error of the compiler the session is as it was before the cell.
    Outcome run(std::string_view code, int count);

    /// Declares again what a cell of another session has declared. Initialisers of variables run,
    /// but no statements do.
    Outcome declare(const Source& source);

    /// What cells have declared, in their order, but for those that have crashed.
    [[nodiscard]] const std::vector<Source>& sources() const;

    Completions complete(std::string_view code, std::size_t offset);
    std::optional<Inspection> inspect(std::string_view code, std::size_t offset);
    Completeness is_complete(std::string_view code);

    /// Takes back what the last cell declared; what it did to other objects remains.
    /// @returns false where there is no cell to take back.
    bool undo();

    /// What cells have declared, in the order of the declarations.
    [[nodiscard]] std::vector<Declared> declared() const;

    std::optional<Failure> load_library(const std::string& path);

    /// Optimises the cells that follow by -O`level`.
    void optimise(int level);

    /// Makes the running cell fail. May be called by any thread, and by signal handlers.
    ///
    /// A cell ends at its next turn of a loop, by an exception that destroys the objects of the
    /// functions around the one with that loop, but not those of that one. If it has not ended when
    /// this is called again, it is left where it is, without its destructors.
    static void interrupt() noexcept;

    /// Gives cells the function or object at `address` by its linker name.
    void define(const std::string& name, void* address);

private:
    class Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace kernelwire::clang

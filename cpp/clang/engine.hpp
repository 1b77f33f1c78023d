// Clang's incremental interpreter with our diagnostics, our JIT and a witness of its declarations.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <clang/Interpreter/Interpreter.h>

#include "jit.hpp"
#include "session.hpp"

namespace kernelwire::clang {

class Compiled;
class Diagnostics;
class Witness;

/// A compiler for incremental input.
/// @param more  arguments besides those of `options`.
/// @throws std::runtime_error  where clang refuses the options.
[[nodiscard]] std::unique_ptr<::clang::CompilerInstance> new_compiler(
    const Options& options, const std::vector<std::string>& more);

class Engine final : public ::clang::Interpreter {
public:
    /// @param precompiled  the path of what every cell begins with, or nothing.
    /// @throws std::runtime_error  where clang refuses the options, or what is precompiled.
    static std::unique_ptr<Engine> create(const Options& options, const std::string& precompiled);
    ~Engine() override;

    [[nodiscard]] Diagnostics& diagnostics() { return *diagnostics_; }
    [[nodiscard]] Witness& witness() { return *witness_; }
    [[nodiscard]] Compiled& compiled() { return *compiled_; }
    [[nodiscard]] Jit& jit() { return *jit_; }

private:
    struct Parts;
    Engine(Parts parts, llvm::Error& error);

    std::unique_ptr<Jit> jit_;
    Diagnostics* diagnostics_;  // the compiler's
    Witness* witness_;          // likewise
    Compiled* compiled_;        // likewise
};

}  // namespace kernelwire::clang

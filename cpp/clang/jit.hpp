// The JIT that cells are compiled with: LLVM's, with nothing run behind our back.
#pragma once

#include <memory>
#include <string>

#include <clang/Interpreter/IncrementalExecutor.h>

#include "symbols.hpp"

namespace llvm {
class TargetMachine;
namespace orc {
class LLJIT;
}
}  // namespace llvm

namespace kernelwire::clang {

/// What is known of the JIT from without; filled when it starts.
struct Jit {
    llvm::orc::LLJIT* jit = nullptr;
    std::string errors;  // what could not be linked, in LLVM's words
    std::unique_ptr<llvm::TargetMachine> target_machine;
    Symbols symbols;

    /// Gives compiled code the function or object at `address`.
    void define(const std::string& name, void* address) const;
};

/// Prepares the JIT, which `jit` must outlive.
/// @throws std::runtime_error  where there is no code for this machine.
[[nodiscard]] std::unique_ptr<::clang::IncrementalExecutorBuilder> prepare(Jit& jit);

}  // namespace kernelwire::clang

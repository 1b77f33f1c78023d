// What is done to the code of a cell before it runs.
#pragma once

#include <string>

namespace llvm {
class Module;
class TargetMachine;
}  // namespace llvm

namespace kernelwire::clang {

/// Moves what runs by itself when the module is loaded into a function, to be called by us. No
/// frame of LLVM's is then below a cell, and exceptions and jumps may cross what is there.
/// @returns the function's name, or nothing where the module has nothing to run.
std::string take_initialisers(llvm::Module& module);

/// Registers destructors for no library: ours are called by destructors.hpp.
void drop_library_handle(llvm::Module& module);

/// Lets later cells link to what is internal to this one, such as static variables.
void share_internals(llvm::Module& module);

/// Has each loop look whether it was interrupted, and throw where it was.
void add_interrupt_points(llvm::Module& module);

void optimise(llvm::Module& module, int level, llvm::TargetMachine& machine);

/// The level that optimise() has had.
[[nodiscard]] int optimisation_of(const llvm::Module& module);

}  // namespace kernelwire::clang

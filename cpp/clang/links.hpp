// What compiled cells want of each other, so that what is missing is known before anything is
// linked: code that failed to link would be lost to all later cells.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace llvm {
class Module;
namespace orc {
class LLJIT;
}
}  // namespace llvm

namespace kernelwire::clang {

class Links {
public:
    /// The symbols that `module` needs, itself or by what it calls, and that are nowhere.
    [[nodiscard]] std::vector<std::string> missing(const llvm::Module& module,
                                                   llvm::orc::LLJIT& jit);

    /// Makes known what `module` defines and needs. It may lack something as long as nobody runs
    /// it.
    void add(const llvm::Module& module);

    /// Whether compiled code defines `symbol`.
    [[nodiscard]] bool has(const std::string& symbol) const;

    /// Gives what `module` defines, and an earlier one has too, names of its own; and sees to it
    /// that later ones find the newest. Only C's functions and variables need it: all others have
    /// been told apart by the compiler.
    void rename_again_defined(llvm::Module& module);

private:
    struct Unit {
        std::vector<std::string> needed;
        bool whole = false;  // nothing that it needs was missing
    };
    std::map<std::string, std::shared_ptr<Unit>> definitions_;
    std::map<std::string, std::string> newest_;  // by the name that the compiler gives
    unsigned renamed_ = 0;
};

}  // namespace kernelwire::clang

#include "engine.hpp"

#include <stdexcept>
#include <utility>
#include <vector>

#include <clang/Basic/Diagnostic.h>
#include <clang/Driver/Compilation.h>
#include <clang/Frontend/CompilerInstance.h>
#include <llvm/Target/TargetMachine.h>

#include "compiled.hpp"
#include "diagnostics.hpp"
#include "refusal.hpp"
#include "witness.hpp"

namespace kernelwire::clang {

std::unique_ptr<::clang::CompilerInstance> new_compiler(const Options& options,
                                                        const std::vector<std::string>& more) {
    std::vector<std::string> arguments{
        "-std=" + options.standard, "-resource-dir", KERNELWIRE_CLANG_RESOURCE_DIR,
        // Where clang is, and not where we are: its way to the system's headers begins there.
        "-ccc-install-dir", KERNELWIRE_CLANG_BIN_DIR,
        // Inspection shows ordinary comments as well.
        "-Xclang", "-fparse-all-comments",
        // What is normal in a cell: values that nobody uses, and functions still to be called.
        "-Wno-unused-value", "-Wno-unused-comparison", "-Wno-unused-function"};
    arguments.insert(arguments.end(), options.arguments.begin(), options.arguments.end());
    arguments.insert(arguments.end(), more.begin(), more.end());
    std::vector<const char*> pointers;
    pointers.reserve(arguments.size());
    for (const auto& argument : arguments) pointers.push_back(argument.c_str());
    ::clang::IncrementalCompilerBuilder builder;
    builder.SetCompilerArgs(pointers);
    builder.SetDriverCompilationCallback([](const ::clang::driver::Compilation& compilation) {
        const std::string refused = refusal(compilation);
        return refused.empty() ? llvm::Error::success() : llvm::createStringError(refused);
    });
    auto made = builder.CreateCpp();
    if (made) return std::move(*made);
    throw std::runtime_error("the compiler refuses its arguments: " +
                             llvm::toString(made.takeError()));
}

void check(const Options& options) {
    (void)new_compiler(options, {});
}

struct Engine::Parts {
    std::unique_ptr<::clang::CompilerInstance> compiler;
    std::unique_ptr<::clang::IncrementalExecutorBuilder> executor;
    std::unique_ptr<Witness> witness;
    std::unique_ptr<Jit> jit = std::make_unique<Jit>();
    Diagnostics* diagnostics = nullptr;
};

Engine::Engine(Parts parts, llvm::Error& error)
    : Interpreter(std::move(parts.compiler), error, std::move(parts.executor),
                  std::move(parts.witness)),
      jit_(std::move(parts.jit)),
      diagnostics_(parts.diagnostics),
      witness_(nullptr),
      compiled_(nullptr) {}

Engine::~Engine() = default;

std::unique_ptr<Engine> Engine::create(const Options& options, const std::string& precompiled) {
    Parts parts;
    std::vector<std::string> more;
    if (!precompiled.empty()) more = {"-include-pch", precompiled};
    parts.compiler = new_compiler(options, more);
    parts.diagnostics = new Diagnostics(options.colors);  // the compiler's from here on
    parts.compiler->getDiagnostics().setClient(parts.diagnostics, true);
    parts.executor = prepare(*parts.jit);
    parts.witness = std::make_unique<Witness>();
    Witness* const witness = parts.witness.get();

    llvm::Error error = llvm::Error::success();
    std::unique_ptr<Engine> engine(new Engine(std::move(parts), error));
    if (!error) error = engine->getExecutionEngine().takeError();
    if (error) {
        throw std::runtime_error("the compiler does not start: " +
                                 llvm::toString(std::move(error)) + engine->diagnostics().take());
    }
    engine->witness_ = witness;
    engine->compiled_ = &Compiled::install(*engine->getCompilerInstance());
    return engine;
}

}  // namespace kernelwire::clang

// A kernel's process as Python has it: any thread may use it.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

#include <kernelwire/kernel_process.hpp>

#include "module.hpp"

/// Thread-safe. Its methods are called without the GIL.
class PythonProcess {
public:
    PythonProcess(kernelwire::KernelSpec spec, kernelwire::LaunchOptions options)
        : process_(std::move(spec), std::move(options)) {}

    /// Calls `function` with the process, alone.
    template <class Function>
    auto with(Function&& function) {
        const std::lock_guard lock(mutex_);
        return function(process_);
    }

    [[nodiscard]] bool running() {
        return with([](kernelwire::KernelProcess& process) { return process.running(); });
    }

    /// What never changes.
    [[nodiscard]] const kernelwire::KernelProcess& fixed() const noexcept { return process_; }

private:
    std::mutex mutex_;
    kernelwire::KernelProcess process_;
};

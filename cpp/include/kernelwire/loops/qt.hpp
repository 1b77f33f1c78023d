// An embedded kernel in Qt's event loop.
//
// Layer 8. Depends on: embedded_kernel.hpp, and Qt 5 or 6. Used by: applications.
#pragma once

#include <exception>
#include <functional>
#include <utility>

#include <QSocketNotifier>
#include <QtGlobal>

#include <kernelwire/embedded_kernel.hpp>

namespace kernelwire {

/// Has Qt's event loop serve a kernel, for as long as this lives.
///
/// Confined to the kernel's thread, whose event loop it is; that of the application's main thread
/// where the interpreter is to use windows.
class QtWatch {
public:
    /// @param kernel  must outlive it.
    /// @param ended   called once when the kernel has ended, or step() has thrown, which is told by
    ///                qCritical(): exceptions must not go through Qt's loop.
    explicit QtWatch(EmbeddedKernel& kernel, std::function<void()> ended = {})
        : kernel_(kernel), ended_(std::move(ended)), notifier_(kernel.fd(), QSocketNotifier::Read) {
        QObject::connect(&notifier_, &QSocketNotifier::activated, &notifier_, [this] { step(); });
    }
    QtWatch(const QtWatch&) = delete;
    QtWatch& operator=(const QtWatch&) = delete;

private:
    void step() {
        try {
            if (kernel_.step()) return;
        } catch (const std::exception& error) {
            qCritical("the embedded kernel failed: %s", error.what());
        }
        notifier_.setEnabled(false);
        if (const auto ended = std::exchange(ended_, {})) ended();
    }

    EmbeddedKernel& kernel_;
    std::function<void()> ended_;
    QSocketNotifier notifier_;
};

}  // namespace kernelwire

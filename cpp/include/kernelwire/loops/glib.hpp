// An embedded kernel in GLib's main loop: for GTK's applications and others.
//
// Layer 8. Depends on: embedded_kernel.hpp, and GLib 2.36 or later. Used by: applications.
#pragma once

#include <functional>
#include <stdexcept>
#include <utility>

#include <glib-unix.h>

#include <kernelwire/embedded_kernel.hpp>

namespace kernelwire {

/// Has a GMainContext serve a kernel, for as long as this lives.
///
/// Confined to the kernel's thread, which is to run the context.
class GlibWatch {
public:
    /// @param kernel  must outlive it.
    /// @param ended   called once when the kernel has ended, or step() has thrown, which is told by
    ///                g_critical(): exceptions must not go through a loop that is written in C.
    /// @param context  null: the default one.
    explicit GlibWatch(EmbeddedKernel& kernel, std::function<void()> ended = {},
                       GMainContext* context = nullptr)
        : kernel_(kernel),
          ended_(std::move(ended)),
          source_(g_unix_fd_source_new(kernel.fd(), G_IO_IN)) {
        // As G_SOURCE_FUNC does: the source calls it with the arguments that it has.
        auto* const any = reinterpret_cast<void (*)()>(&GlibWatch::ready);
        g_source_set_callback(source_, reinterpret_cast<GSourceFunc>(any), this, nullptr);
        // So that a dialog which a request shows is told of what was posted.
        g_source_set_can_recurse(source_, TRUE);
        (void)g_source_attach(source_, context);
    }
    ~GlibWatch() {
        g_source_destroy(source_);
        g_source_unref(source_);
    }
    GlibWatch(const GlibWatch&) = delete;
    GlibWatch& operator=(const GlibWatch&) = delete;

private:
    static gboolean ready(gint /*fd*/, GIOCondition /*condition*/, gpointer watch) {
        return static_cast<GlibWatch*>(watch)->step() ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
    }

    bool step() {
        try {
            if (kernel_.step()) return true;
        } catch (const std::exception& error) {
            g_critical("the embedded kernel failed: %s", error.what());
        }
        if (const auto ended = std::exchange(ended_, {})) ended();
        return false;
    }

    EmbeddedKernel& kernel_;
    std::function<void()> ended_;
    GSource* const source_;
};

}  // namespace kernelwire

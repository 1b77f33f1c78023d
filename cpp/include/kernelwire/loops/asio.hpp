// An embedded kernel in an io_context of Asio's, standalone or Boost's.
//
// Layer 8. Depends on: embedded_kernel.hpp. Includes neither Asio: its user names the type. Used
// by: applications.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include <kernelwire/embedded_kernel.hpp>

namespace kernelwire {

/// Has an io_context serve a kernel, for as long as this lives:
///
///     AsioWatch<asio::posix::stream_descriptor> watch(kernel, io_context.get_executor());
///
/// Confined to the kernel's thread, which is to be the only one that runs the context.
/// @tparam Descriptor  asio::posix::stream_descriptor, or boost::asio's.
template <class Descriptor>
class AsioWatch {
public:
    /// @param kernel  must outlive it.
    /// @param ended   called once when the kernel has ended. What step() throws leaves the
    ///                context's run(), and the kernel is not served any more.
    AsioWatch(EmbeddedKernel& kernel, const typename Descriptor::executor_type& executor,
              std::function<void()> ended = {})
        : watched_(std::make_shared<Watched>(kernel, executor, std::move(ended))) {
        Watched::wait(watched_);
    }
    ~AsioWatch() { (void)watched_->descriptor.release(); }  // the kernel closes it
    AsioWatch(const AsioWatch&) = delete;
    AsioWatch& operator=(const AsioWatch&) = delete;

private:
    struct Watched {
        Watched(EmbeddedKernel& to_serve, const typename Descriptor::executor_type& executor,
                std::function<void()> call)
            : kernel(to_serve), descriptor(executor, to_serve.fd()), ended(std::move(call)) {}

        // A handler may be called after the watch has gone.
        static void wait(const std::shared_ptr<Watched>& self) {
            self->descriptor.async_wait(Descriptor::wait_read,
                                        [weak = std::weak_ptr<Watched>(self)](const auto& error) {
                                            const auto watched = weak.lock();
                                            if (error || !watched) return;
                                            if (watched->kernel.step()) return wait(watched);
                                            if (const auto call = std::exchange(watched->ended, {}))
                                                call();
                                        });
        }

        EmbeddedKernel& kernel;
        Descriptor descriptor;
        std::function<void()> ended;
    };

    const std::shared_ptr<Watched> watched_;
};

}  // namespace kernelwire

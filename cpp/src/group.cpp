#include <kernelwire/group.hpp>

#ifndef _WIN32
#include <unistd.h>
#include <csignal>
#endif

namespace kernelwire {

void end_group() noexcept {
#ifndef _WIN32
    if (getsid(0) != getpid()) return;
    if (std::signal(SIGTERM, SIG_IGN) == SIG_ERR) return;
    (void)kill(0, SIGTERM);
#endif
}

}  // namespace kernelwire

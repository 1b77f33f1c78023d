// The processes that a kernel has started and that would be left behind by it.
//
// Layer 0. Depends on nothing of ours. Used by: server.hpp, run.cpp, _host.
#pragma once

namespace kernelwire {

/// Asks (SIGTERM) all other processes of this one's group to end, as a launcher's kill would.
///
/// Does so only where a launcher has given the kernel a session of its own, as jupyter_client
/// does: elsewhere the group is not the kernel's. What has left the group, by setsid(), goes on.
/// To be called when this process is about to end: it ignores SIGTERM from then on.
void end_group() noexcept;

}  // namespace kernelwire
